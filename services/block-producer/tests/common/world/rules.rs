//! The rules a block has to keep, and what contracts tell about them.

use super::*;

impl World {
    /// What a contract answers that the producer reads.
    pub(super) fn read_contract(&self, call: &ReadContractRequest) -> Response {
        let state = self.state();
        let result = match (&*self.rule, &call.contract_id[..], call.entry_point) {
            (Rule::Pow { target }, b"pow", 0x2e40cb65) => pow::GetDifficultyMetadataResult {
                value: Some(pow::DifficultyMetadata {
                    target: target.to_vec().into(),
                    ..Default::default()
                }),
            }
            .encode_to_vec(),
            (Rule::Pob { .. }, b"pob", 0x5fd7ac0f) => pob::GetConsensusParametersResult {
                value: Some(pob::ConsensusParameters {
                    target_block_interval: 3000,
                    quantum_length: 10,
                    ..Default::default()
                }),
            }
            .encode_to_vec(),
            (Rule::Pob { difficulty, .. }, b"pob", 0xfcf7a68f) => pob::GetMetadataResult {
                value: Some(pob::Metadata {
                    seed: state.seed(&state.head),
                    difficulty: difficulty.to_be_bytes().to_vec().into(),
                    last_block_time: state.time(&state.head),
                }),
            }
            .encode_to_vec(),
            (Rule::Pob { vhp, .. }, b"vhp", 0x629f31e6) => {
                let arguments = vhp::EffectiveBalanceOfArguments::decode(call.args.clone());
                assert_eq!(arguments.unwrap().owner.len(), 25);
                vhp::EffectiveBalanceOfResult { value: *vhp }.encode_to_vec()
            }
            (Rule::Pob { .. }, b"vhp", 0xee80fd2f) => {
                token::DecimalsResult { value: 8 }.encode_to_vec()
            }
            (Rule::Pob { .. }, b"vhp", 0xb76a7ca1) => {
                token::SymbolResult { value: "VHP".into() }.encode_to_vec()
            }
            other => panic!("unexpected read of {:?}", (other.1, other.2)),
        };
        let reply = ReadContractResponse { result: result.into(), ..Default::default() };
        Response::ReadContract(reply)
    }

    /// The seed after a valid block.
    pub(super) fn check(&self, state: &State, block: &Block) -> Result<Bytes, String> {
        let header = block.header.as_ref().unwrap();
        let ensure = |fine: bool, text: &str| if fine { Ok(()) } else { Err(text.to_owned()) };
        let parent = &header.previous;
        ensure(
            *parent == zero_id() || state.blocks.contains_key(parent),
            "unknown previous block",
        )?;
        ensure(header.height == state.height(parent) + 1, "unexpected height")?;
        ensure(header.timestamp > state.time(parent), "block timestamp is too old")?;
        ensure(header.previous_state_merkle_root == state_root(parent), "merkle mismatch")?;
        let encoded = header.encode_to_vec();
        ensure(block.id == multihash(HashCode::Sha2_256, &encoded), "invalid block id")?;
        let leaves = block.transactions.iter().flat_map(|transaction| {
            let header = transaction.header.as_ref().unwrap().encode_to_vec();
            [sha256(&header), sha256(&transaction.signatures.concat())]
        });
        let root = merkle_root(HashCode::Sha2_256, leaves.collect::<Vec<_>>());
        let root = [&[0x12, 0x20], &root[..]].concat();
        ensure(header.transaction_merkle_root == root, "transaction merkle root")?;
        self.check_proof(state, block, &sha256(&encoded))
    }

    fn check_proof(
        &self,
        state: &State,
        block: &Block,
        digest: &[u8; 32],
    ) -> Result<Bytes, String> {
        let header = block.header.as_ref().unwrap();
        let ensure = |fine: bool, text: &str| if fine { Ok(()) } else { Err(text.to_owned()) };
        let signer = |signature: &[u8]| {
            recover(digest, signature).map_err(|error| format!("signature: {error}"))
        };
        match &*self.rule {
            Rule::Federated => {
                let address = signer(&block.signature)?.address();
                ensure(header.signer == address.as_bytes()[..], "signed by another")?;
                Ok(Bytes::new())
            }
            Rule::Pow { target } => {
                let data = pow::PowSignatureData::decode(block.signature.clone()).unwrap();
                let proof = sha256(&[&data.nonce[..], &block.id].concat());
                ensure(data.nonce.len() == 32 && proof <= *target, "not enough work")?;
                let address = signer(&data.recoverable_signature)?.address();
                ensure(header.signer == address.as_bytes()[..], "signed by another")?;
                Ok(Bytes::new())
            }
            Rule::Pob { key, vhp, difficulty } => {
                let data = pob::SignatureData::decode(block.signature.clone()).unwrap();
                ensure(header.timestamp.is_multiple_of(10), "time is not a quantum")?;
                let seed = state.seed(&header.previous);
                let payload = pob::VrfPayload { seed, block_time: header.timestamp };
                let hash = vrf::verify(key, &payload.encode_to_vec(), &data.vrf_proof)
                    .map_err(|error| error.to_string())?;
                ensure(data.vrf_hash == [&[0x12, 0x20], &hash[..]].concat(), "vrf hash")?;
                let high = u128::from_be_bytes(hash[..16].try_into().unwrap());
                ensure(high / u128::from(*vhp) < u128::MAX / difficulty, "not won")?;
                ensure(signer(&data.signature)? == *key, "signed by another")?;
                Ok(Bytes::copy_from_slice(&sha256(&data.vrf_hash)))
            }
        }
    }
}
