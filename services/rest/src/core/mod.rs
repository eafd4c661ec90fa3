//! What answers are made of, without services: amounts, arguments, decoding. All of it is pure.

pub mod amounts;
pub mod arguments;
pub mod contract_api;
pub mod decode;
pub mod json;
pub mod koilib;
pub mod nonce;
pub mod query;
pub mod standards;
