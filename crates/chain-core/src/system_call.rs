//! The system calls of the protocol (`koinos.chain.system_call_id`).

use koinos_codec::schema::MessageSchema;

use crate::schemas;

macro_rules! system_calls {
    ($($variant:ident $name:literal = $id:literal,)*) => {
        /// A system call that the protocol gives a number.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum SystemCall {
            $($variant,)*
        }

        impl SystemCall {
            const ALL: &[SystemCall] = &[$(SystemCall::$variant,)*];

            /// How many there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The number on the wire and in the state.
            pub const fn id(self) -> u32 {
                match self { $(Self::$variant => $id,)* }
            }

            /// The protocol's name, which is also the name of its fee.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The call with this number.
            pub const fn from_id(id: u32) -> Option<Self> {
                match id { $($id => Some(Self::$variant),)* _ => None }
            }

            /// The call with this name.
            pub fn from_name(name: &[u8]) -> Option<Self> {
                Self::ALL.iter().copied().find(|call| call.name().as_bytes() == name)
            }
        }
    };
}

system_calls! {
    Nop "nop" = 0,
    GetHeadInfo "get_head_info" = 1,
    ApplyBlock "apply_block" = 2,
    ApplyTransaction "apply_transaction" = 3,
    ApplyUploadContractOperation "apply_upload_contract_operation" = 4,
    ApplyCallContractOperation "apply_call_contract_operation" = 5,
    ApplySetSystemCallOperation "apply_set_system_call_operation" = 6,
    ApplySetSystemContractOperation "apply_set_system_contract_operation" = 7,
    PreBlockCallback "pre_block_callback" = 8,
    PostBlockCallback "post_block_callback" = 9,
    PreTransactionCallback "pre_transaction_callback" = 10,
    PostTransactionCallback "post_transaction_callback" = 11,
    GetChainId "get_chain_id" = 12,
    ProcessBlockSignature "process_block_signature" = 101,
    GetTransaction "get_transaction" = 102,
    GetTransactionField "get_transaction_field" = 103,
    GetBlock "get_block" = 104,
    GetBlockField "get_block_field" = 105,
    GetLastIrreversibleBlock "get_last_irreversible_block" = 106,
    GetAccountNonce "get_account_nonce" = 107,
    VerifyAccountNonce "verify_account_nonce" = 108,
    SetAccountNonce "set_account_nonce" = 109,
    CheckSystemAuthority "check_system_authority" = 110,
    GetOperation "get_operation" = 111,
    GetContractMetadata "get_contract_metadata" = 112,
    GetAccountRc "get_account_rc" = 201,
    ConsumeAccountRc "consume_account_rc" = 202,
    GetResourceLimits "get_resource_limits" = 203,
    ConsumeBlockResources "consume_block_resources" = 204,
    PutObject "put_object" = 301,
    RemoveObject "remove_object" = 302,
    GetObject "get_object" = 303,
    GetNextObject "get_next_object" = 304,
    GetPrevObject "get_prev_object" = 305,
    Log "log" = 401,
    Event "event" = 402,
    Hash "hash" = 501,
    RecoverPublicKey "recover_public_key" = 502,
    VerifyMerkleRoot "verify_merkle_root" = 503,
    VerifySignature "verify_signature" = 504,
    VerifyVrfProof "verify_vrf_proof" = 505,
    Call "call" = 601,
    Exit "exit" = 602,
    GetArguments "get_arguments" = 603,
    GetContractId "get_contract_id" = 604,
    GetCaller "get_caller" = 605,
    CheckAuthority "check_authority" = 606,
    GetContractName "get_contract_name" = 10000,
    GetContractAddress "get_contract_address" = 10001,
}

impl SystemCall {
    /// Position in tables.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Whether the node implements it. The others have a number, but only a contract can serve
    /// them.
    pub const fn has_thunk(self) -> bool {
        !matches!(
            self,
            Self::GetContractMetadata | Self::GetContractName | Self::GetContractAddress
        )
    }

    /// Whether it can be called without having been enabled by `set_system_call`.
    pub const fn is_genesis(self) -> bool {
        self.has_thunk() && !matches!(self, Self::Nop)
    }

    /// Schema of the call's `<name>_arguments` message.
    pub(crate) fn arguments(self) -> &'static MessageSchema {
        self.schema(false)
    }

    /// Schema of the call's `<name>_result` message.
    pub(crate) fn result(self) -> &'static MessageSchema {
        self.schema(true)
    }

    fn schema(self, result: bool) -> &'static MessageSchema {
        type Pair = [&'static MessageSchema; 2];
        static SCHEMAS: std::sync::LazyLock<Vec<Option<Pair>>> = std::sync::LazyLock::new(|| {
            let of = |call: &SystemCall, suffix| {
                schemas::lookup(&format!("koinos.chain.{}_{suffix}", call.name()))
            };
            SystemCall::ALL
                .iter()
                .map(|call| call.has_thunk().then(|| [of(call, "arguments"), of(call, "result")]))
                .collect()
        });
        match SCHEMAS[self.index()] {
            Some(pair) => pair[usize::from(result)],
            // Only calls with a thunk are ever parsed by the node.
            None => schemas::value_type(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_names_are_those_of_the_protocol() {
        let pool = koinos_proto::descriptor_pool();
        let ids = pool.get_enum_by_name("koinos.chain.system_call_id").unwrap();
        assert_eq!(ids.values().len(), SystemCall::COUNT);
        for value in ids.values() {
            let call = SystemCall::from_id(value.number() as u32).unwrap();
            assert_eq!(call.name(), value.name());
            assert_eq!(SystemCall::from_name(value.name().as_bytes()), Some(call));
            assert_eq!(call.id(), value.number() as u32);
        }
    }

    #[test]
    fn every_thunk_has_its_schemas() {
        for call in SystemCall::ALL.iter().filter(|call| call.has_thunk()) {
            assert_eq!(call.arguments().name, format!("koinos.chain.{}_arguments", call.name()));
            assert_eq!(call.result().name, format!("koinos.chain.{}_result", call.name()));
        }
    }
}
