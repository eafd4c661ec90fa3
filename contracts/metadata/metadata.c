/* What the chain keeps of contracts. The contract serves the system call get_contract_metadata, which
 * has a number but no code of the chain's own.
 */

#define SYSTEM_SPACES 1

#include "../sdk/koinos.h"

/* The space of koinos.chain.contract_metadata_object, which is the chain's and so in no zone; the key is
 * the contract. */
enum { CONTRACT_METADATA_SPACE = 3 };

static bytes metadata_of(bytes contract) {
  buffer space = allocate(SMALL), arguments = allocate(SMALL + contract.size);
  put_uint(&space, 1, SYSTEM_SPACES);
  put_uint(&space, 3, CONTRACT_METADATA_SPACE);
  put_message(&arguments, 1, view(space));
  put_bytes(&arguments, 2, contract);
  return get_bytes(get_bytes(system_call(GET_OBJECT, arguments, LARGE / 4), 1), 2);
}

void _start(void) {
  bytes arguments;
  if (get_arguments(&arguments) != 0x784faa08) fail(REVERSION, TEXT("unknown entry point"));
  /* Nothing of what is no contract. */
  succeed_bytes(metadata_of(get_bytes(arguments, 1)));
}
