//! The objects of the contracts: where the sources in C keep what.

use bytes::Bytes;
use koinos_crypto::Address;
use koinos_proto::contracts::koin::ManaBalanceObject;
use koinos_proto::contracts::name_service::{AddressRecord, NameRecord};
use koinos_proto::contracts::pob::{ConsensusParameters, Metadata, PublicKeyRecord};
use koinos_proto::contracts::pow::DifficultyMetadata;
use koinos_proto::contracts::token::BalanceObject;
use koinos_proto::contracts::vhp::EffectiveBalanceObject;
use prost::Message;

use crate::genesis::Installation;
use crate::networks::Producer;
use crate::{Error, Result};

/// Spaces of both tokens.
const SUPPLY: u32 = 0;
const BALANCES: u32 = 1;
/// Spaces of `pob`.
const REGISTRATIONS: u32 = 0;
const POB_METADATA: u32 = 1;
/// The key of the parameters in [`POB_METADATA`]; that of the metadata is empty.
const PARAMETERS: &[u8] = &[0];
/// The space of `pow`, with its metadata under the empty key.
const POW_METADATA: u32 = 0;
/// Spaces of `names`.
const ADDRESSES: u32 = 0;
const NAMES: u32 = 1;

fn key(address: &Address) -> Bytes {
    Bytes::copy_from_slice(address.as_bytes())
}

fn supply(token: Installation, balances: &[(Address, u64)]) -> Result<Installation> {
    let sum = balances.iter().try_fold(0u64, |sum, (_, balance)| sum.checked_add(*balance));
    let value = sum.ok_or(Error::Supply)?;
    Ok(token.with_object(SUPPLY, "", BalanceObject { value }.encode_to_vec()))
}

/// Balances with full mana, and the supply.
pub(crate) fn koin_balances(
    koin: Installation,
    balances: &[(Address, u64)],
) -> Result<Installation> {
    let koin = supply(koin, balances)?;
    Ok(balances.iter().fold(koin, |koin, (owner, balance)| {
        let object = ManaBalanceObject { balance: *balance, mana: *balance, ..Default::default() };
        koin.with_object(BALANCES, key(owner), object.encode_to_vec())
    }))
}

/// Balances that count from the start, and the supply.
pub(crate) fn vhp_balances(vhp: Installation, balances: &[(Address, u64)]) -> Result<Installation> {
    let vhp = supply(vhp, balances)?;
    Ok(balances.iter().fold(vhp, |vhp, (owner, balance)| {
        let object = EffectiveBalanceObject { current_balance: *balance, ..Default::default() };
        vhp.with_object(BALANCES, key(owner), object.encode_to_vec())
    }))
}

/// Keys that may sign from the start.
pub(crate) fn registrations(pob: Installation, producers: &[Producer]) -> Installation {
    producers.iter().fold(pob, |pob, producer| {
        let public_key = producer.public_key.to_bytes().to_vec().into();
        let record = PublicKeyRecord { public_key, set_block_height: 0 }.encode_to_vec();
        pob.with_object(REGISTRATIONS, key(&producer.address), record)
    })
}

/// What the first block is judged by.
pub(crate) fn pob_state(
    pob: Installation,
    parameters: &ConsensusParameters,
    metadata: &Metadata,
) -> Installation {
    let pob = pob.with_object(POB_METADATA, PARAMETERS, parameters.encode_to_vec());
    pob.with_object(POB_METADATA, "", metadata.encode_to_vec())
}

/// What the first block's work is judged by.
pub(crate) fn pow_state(pow: Installation, metadata: &DifficultyMetadata) -> Installation {
    pow.with_object(POW_METADATA, "", metadata.encode_to_vec())
}

/// A name and its address, both ways.
pub(crate) fn name(names: Installation, name: &str, address: &Address) -> Installation {
    let to_address = AddressRecord { address: key(address) }.encode_to_vec();
    let to_name = NameRecord { name: name.to_owned() }.encode_to_vec();
    names.with_object(ADDRESSES, name.to_owned(), to_address).with_object(
        NAMES,
        key(address),
        to_name,
    )
}
