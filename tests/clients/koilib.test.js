// koilib 5, 8 and 9, as published, against a running devnet.
//
// KOINOS_URL is its JSON-RPC address, KOINOS_KEY the private key (WIF) of an account with mana,
// KOINOS_TOKEN the address of the KOIN contract, and KOINOS_CONTRACTS the folder of this project's contracts, which are assembled from their text.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { before, describe, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";

const require = createRequire(import.meta.url);
const {
  KOINOS_URL: url,
  KOINOS_KEY: key,
  KOINOS_TOKEN: koin,
  KOINOS_CONTRACTS: contracts,
} = process.env;
// The network makes a block every two seconds (koilib, which looks once a second, misses blocks that
// come faster); this is for a busy machine.
const PATIENCE = 60_000;
const INVALID_NONCE = -201;

async function contractFiles(name) {
  const wabt = await require("wabt")();
  const module = wabt.parseWat(name, await readFile(`${contracts}/${name}/${name}.wat`, "utf8"));
  const bytecode = module.toBinary({}).buffer;
  const abi = JSON.parse(await readFile(`${contracts}/${name}/${name}.abi.json`, "utf8"));
  return { bytecode, abi };
}

// What a call fails with: koilib throws the error's message and its data in one JSON text.
async function failure(promise) {
  const error = await promise.then(
    () => assert.fail("the call should have failed"),
    (error) => error,
  );
  return JSON.parse(error.message);
}

// The receipt of a transaction in the block that includes it.
async function included(provider, transaction) {
  const { blockNumber } = await transaction.wait("byBlock", PATIENCE);
  const [item] = await provider.getBlocks(blockNumber, 1, undefined, {
    returnBlock: true,
    returnReceipt: true,
  });
  assert.equal(item.block.transactions.filter(({ id }) => id === transaction.id).length, 1);
  return item.receipt.transaction_receipts.find(({ id }) => id === transaction.id);
}

// Before its first block a network has a head without a time.
before(async () => {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "chain.get_head_info", params: {} });
  const head = async () => (await (await fetch(url, { method: "POST", body })).json()).result;
  const deadline = Date.now() + PATIENCE;
  while (!(await head()).head_block_time) {
    assert.ok(Date.now() < deadline, "no block is made");
    await pause(100);
  }
});

for (const version of [5, 8, 9]) {
  describe(`koilib ${version}`, { concurrency: false }, () => {
    const { Contract, Provider, Signer, Transaction, utils } = require(`koilib${version}`);
    const provider = new Provider([url]);
    // An error is to reach the test, and not another node.
    provider.onError = () => true;
    const rich = Signer.fromWif(key);
    rich.provider = provider;

    // A new account, whose transactions the rich one pays.
    const account = () => {
      const signer = new Signer({ privateKey: randomBytes(32).toString("hex"), provider });
      const beforeSend = async (transaction) => void (await rich.signTransaction(transaction));
      const paid = {
        payer: rich.getAddress(),
        payee: signer.getAddress(),
        rcLimit: "200000000",
        beforeSend,
      };
      return { signer, paid };
    };

    const deploy = async (name) => {
      const { signer, paid } = account();
      const files = await contractFiles(name);
      const contract = new Contract({ id: signer.getAddress(), signer, provider, ...files });
      const abi = JSON.stringify(files.abi);
      const options = { ...paid, abi, rcLimit: "2000000000" };
      const { transaction, receipt } = await contract.deploy(options);
      assert.ok(!receipt.reverted, receipt.logs?.join("\n"));
      await included(provider, transaction);
      contract.options = { ...contract.options, ...paid };
      return contract;
    };

    test("reads head, chain id, limits, mana and nonce", async () => {
      const head = await provider.getHeadInfo();
      assert.match(head.head_topology.id, /^0x1220[0-9a-f]{64}$/);
      assert.match(head.head_block_time, /^[0-9]+$/);
      assert.match(await provider.getChainId(), /^EiB?[-_A-Za-z0-9]+=*$/);
      assert.ok(BigInt(await provider.getAccountRc(rich.getAddress())) > 0n);
      assert.ok(Number(await provider.getNonce(rich.getAddress())) >= 0);
      assert.equal(Number(await provider.getNonce(account().signer.getAddress())), 0);
      const { resource_limit_data: limits } = await provider.call("chain.get_resource_limits", {});
      assert.ok(BigInt(limits.compute_bandwidth_limit) > 0n);
    });

    test("uploads a contract, calls it, and sees receipt, event and log", async () => {
      const counter = await deploy("counter");
      const { get, add, fail } = counter.functions;
      assert.equal((await get()).result?.value ?? "0", "0");

      const { transaction, receipt } = await add({ value: "5" });
      assert.ok(BigInt(receipt.rc_used) > 0n);
      const final = await included(provider, transaction);
      assert.deepEqual(final.logs, ["the counter is at 5"]);
      const event = final.events.find(({ name }) => name === "counter.added_event");
      assert.equal(event.source, counter.getId());
      const { args } = await counter.decodeEvent(event);
      assert.deepEqual([args.value, args.number], ["5", "5"]);
      assert.equal((await get()).result.value, "5");

      // What would fail is refused, with the contract's code and log.
      const refused = await failure(fail({ code: 7, message: "as it was told" }));
      assert.deepEqual([refused.error, refused.code], ["as it was told", 7]);
      assert.ok(refused.logs.includes("about to fail"));

      // A read that fails is an error, with the contract's code.
      const { entry_point } = counter.abi.methods.fail;
      const args64 = utils.encodeBase64url(
        await counter.serializer.serialize({ code: 7, message: "no" }, "counter.fail_arguments"),
      );
      const operation = { contract_id: counter.getId(), entry_point, args: args64 };
      const error = await failure(provider.readContract(operation));
      assert.deepEqual([error.error, error.code], ["no", 7]);
    });

    test("transfers tokens, with one who pays and one who acts", async () => {
      const { abi } = await contractFiles("koin");
      const token = new Contract({ id: koin, abi, provider, signer: rich });
      const { signer: holder, paid } = account();
      const receiver = account().signer.getAddress();
      const gift = { from: rich.getAddress(), to: holder.getAddress(), value: "1000" };
      const given = await token.functions.transfer(gift, { rcLimit: paid.rcLimit });
      await included(provider, given.transaction);

      const ofHolder = new Contract({ id: koin, abi, provider, signer: holder, options: paid });
      const transfer = { from: holder.getAddress(), to: receiver, value: "300" };
      const { transaction } = await ofHolder.functions.transfer(transfer);
      assert.equal(transaction.header.payer, rich.getAddress());
      assert.equal(transaction.header.payee, holder.getAddress());
      const receipt = await included(provider, transaction);
      assert.equal(receipt.payer, rich.getAddress());
      const event = receipt.events.find(({ name }) => name.endsWith("transfer_event"));
      assert.deepEqual((await token.decodeEvent(event)).args, transfer);

      const { functions } = token;
      const balanceOf = functions.balance_of ?? functions.balanceOf;
      const balance = async (owner) => (await balanceOf({ owner })).result.value;
      assert.equal(await balance(holder.getAddress()), "700");
      assert.equal(await balance(receiver), "300");
      assert.equal(Number(await provider.getNonce(holder.getAddress())), 1);

      const tooMuch = await failure(ofHolder.functions.transfer({ ...transfer, value: "701" }));
      assert.ok(tooMuch.error && tooMuch.code);
      assert.equal(await balance(receiver), "300");
    });

    test("finds transactions by id, ABIs and histories", async () => {
      const counter = await deploy("counter");
      const { transaction } = await counter.functions.add({ value: "3" });
      await transaction.wait("byTransactionId", PATIENCE);
      const unknown = `0x1220${"00".repeat(32)}`;
      const { transactions } = await provider.getTransactionsById([unknown, transaction.id]);
      assert.equal(transactions.length, 1);
      assert.equal(transactions[0].transaction.id, transaction.id);
      const [block] = transactions[0].containing_blocks;
      const { block_items: items } = await provider.getBlocksById([block]);
      assert.ok(items[0].block.transactions.some(({ id }) => id === transaction.id));

      const stranger = new Contract({ id: counter.getId(), provider });
      assert.deepEqual(await stranger.fetchAbi(), counter.abi);
      assert.equal((await stranger.functions.get()).result.value, "3");
      const nobody = new Contract({ id: account().signer.getAddress(), provider });
      assert.equal(await nobody.fetchAbi(), undefined);

      // The library has no name for this one.
      const history = (params) =>
        provider.call("account_history.get_account_history", {
          address: counter.getId(),
          ...params,
        });
      const { values } = await history({ limit: "500", ascending: true });
      const ids = values.map(({ trx }) => trx.transaction.id);
      assert.equal(ids.at(-1), transaction.id);
      // The first entry has number 0, which is left out.
      assert.deepEqual(values.map(({ seq_num: place }) => Number(place ?? 0)), [...ids.keys()]);
      const newest = await history({ limit: "1" });
      assert.deepEqual(newest.values, values.slice(-1));
      await assert.rejects(history({ limit: "501" }), /request limit exceeded/);
    });

    test("decodes the error about a wrong nonce", async () => {
      const { signer, paid } = account();
      const header = { payer: paid.payer, payee: paid.payee, rc_limit: "10000000" };
      const nonce = await utils.encodeBase64url(new Uint8Array([0x28, 9]));
      const transaction = await Transaction.prepareTransaction(
        { header: { ...header, nonce }, operations: [] },
        provider,
      );
      await signer.signTransaction(transaction);
      await rich.signTransaction(transaction);
      const error = await failure(provider.sendTransaction(transaction));
      assert.match(error.error, /nonce/);
      assert.equal(error.code, INVALID_NONCE);
    });
  });
}
