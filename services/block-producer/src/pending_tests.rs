use koinos_proto::mempool::PendingTransaction;
use koinos_proto::protocol;
use proptest::prelude::*;
use prost::Message;

use super::*;

const BOUNDS: Bounds = Bounds { lower: 75, upper: 90 };

fn resources(disk_storage: u64, network_bandwidth: u64, compute_bandwidth: u64) -> Resources {
    Resources { disk_storage, network_bandwidth, compute_bandwidth }
}

fn pending(name: u8, used: Resources) -> Pending {
    let transaction =
        protocol::Transaction { id: vec![name].into(), ..Default::default() }.encode_to_vec();
    Pending { transaction: Transaction::new(transaction.into()), rc_limit: 1, used }
}

/// The names of the transactions chosen.
fn chosen(pending: Vec<Pending>, limits: Resources, bounds: Bounds, attempts: u64) -> Vec<u8> {
    let (transactions, _) = select(pending, limits, bounds, attempts);
    transactions.iter().map(|transaction| transaction.bytes[2]).collect()
}

#[test]
fn a_transaction_that_does_not_fit_is_passed_over() {
    let limits = resources(1000, 1000, 1000);
    let list = vec![
        pending(1, resources(700, 1, 1)),
        pending(2, resources(201, 1, 1)),
        pending(3, resources(200, 1, 1)),
        pending(4, resources(0, 1, 1)),
    ];
    // 700 + 201 > 900; 700 + 200 <= 900, and from 750 on it is full enough.
    assert_eq!(chosen(list, limits, BOUNDS, 2000), [1, 3]);
}

#[test]
fn each_resource_counts() {
    let limits = resources(1000, 2000, 3000);
    for (full, over) in [
        (resources(750, 0, 0), resources(901, 0, 0)),
        (resources(0, 1500, 0), resources(0, 1801, 0)),
        (resources(0, 0, 2250), resources(0, 0, 2701)),
    ] {
        let list = vec![pending(1, over), pending(2, full), pending(3, Resources::default())];
        assert_eq!(chosen(list, limits, BOUNDS, 2000), [2]);
    }
}

#[test]
fn percentages_round_down() {
    // 75 % of 101 is 75, 90 % is 90.
    let limits = resources(101, 101, 101);
    let list = |first| vec![pending(1, resources(first, 0, 0)), pending(2, resources(1, 0, 0))];
    assert_eq!(chosen(list(74), limits, BOUNDS, 9), [1, 2]);
    assert_eq!(chosen(list(75), limits, BOUNDS, 9), [1]);
    assert_eq!(chosen(list(90), limits, BOUNDS, 9), [1]);
    assert_eq!(chosen(list(91), limits, BOUNDS, 9), [2]);
}

#[test]
fn free_transactions_and_too_many_are_left_out() {
    let limits = resources(1000, 1000, 1000);
    let one = resources(1, 1, 1);
    let mut list: Vec<Pending> = (1..=5).map(|name| pending(name, one)).collect();
    list[1].rc_limit = 0;
    assert_eq!(chosen(list.clone(), limits, BOUNDS, 2000), [1, 3, 4, 5]);
    // One that is passed over has been looked at.
    assert_eq!(chosen(list.clone(), limits, BOUNDS, 3), [1, 3]);
    assert!(chosen(list.clone(), limits, BOUNDS, 0).is_empty());
    assert!(chosen(list, limits, Bounds { lower: 0, upper: 90 }, 2000).is_empty());
}

#[test]
fn amounts_out_of_range_do_not_fit() {
    let limits = resources(u64::MAX, u64::MAX, u64::MAX);
    let list = vec![
        pending(1, resources(u64::MAX / 2, 0, 0)),
        pending(2, resources(u64::MAX - 10, 0, 0)),
        pending(3, resources(1, 0, 0)),
    ];
    assert_eq!(chosen(list, limits, BOUNDS, 9), [1, 3]);
}

#[test]
fn a_pending_transaction_is_read_with_its_unknown_fields() {
    let header = protocol::TransactionHeader { rc_limit: 77, ..Default::default() };
    let mut header = header.encode_to_vec();
    // Field 100, a varint.
    header.extend([0xa0, 0x06, 0x05]);
    let mut transaction = Vec::new();
    wire::put_bytes_field(&mut transaction, 1, b"id");
    wire::put_message_field(&mut transaction, 2, &header);
    wire::put_bytes_field(&mut transaction, 4, b"one");
    wire::put_bytes_field(&mut transaction, 4, b"two");
    let counters = PendingTransaction {
        disk_storage_used: 1,
        network_bandwidth_used: 20,
        compute_bandwidth_used: 300,
        system_disk_storage_used: 1000,
        system_network_bandwidth_used: 2000,
        system_compute_bandwidth_used: 3000,
        ..Default::default()
    };
    let mut message = Vec::new();
    wire::put_message_field(&mut message, 1, &transaction);
    message.extend(counters.encode_to_vec());

    let pending = Pending::from_canonical(&message.into());
    assert_eq!(pending.rc_limit, 77);
    assert_eq!(pending.used, resources(1001, 2020, 3300));
    assert_eq!(pending.transaction.bytes, transaction);
    assert_eq!(pending.transaction.leaves, [sha256(&header), sha256(b"onetwo")]);
}

prop_compose! {
    fn any_resources(most: u64)(
        disk_storage in 0..most, network_bandwidth in 0..most, compute_bandwidth in 0..most,
    ) -> Resources {
        Resources { disk_storage, network_bandwidth, compute_bandwidth }
    }
}

proptest! {
    #[test]
    fn the_selection_stays_within_bounds_and_in_order(
        amounts in prop::collection::vec((any_resources(400), 0u64..3), 0..100),
        limits in any_resources(2000),
        lower in 0u64..=100,
        upper in 0u64..=100,
        attempts in 0u64..120,
    ) {
        let list: Vec<Pending> = amounts.iter().zip(1u8..).map(|((used, rc_limit), name)| {
            Pending { rc_limit: *rc_limit, ..pending(name, *used) }
        }).collect();
        let bounds = Bounds { lower, upper };
        let names = chosen(list.clone(), limits, bounds, attempts);
        prop_assert!(names.is_sorted() && names.len() as u64 <= attempts);
        let (_, used) = select(list.clone(), limits, bounds, attempts);
        let sum = names.iter().fold(Resources::default(), |sum, name| {
            sum.plus(list[usize::from(*name) - 1].used)
        });
        prop_assert_eq!(sum, used);
        prop_assert!(used.within(limits.percent(upper)));
        // Whatever was left out before the end had no rc limit or did not fit.
        let mut so_far = Resources::default();
        for (name, candidate) in (1u8..).zip(list.iter().take(attempts as usize)) {
            if so_far.reaches(limits.percent(lower)) {
                prop_assert!(names.iter().all(|chosen| *chosen < name));
                break;
            }
            let with_it = so_far.plus(candidate.used);
            let fits = candidate.rc_limit > 0 && with_it.within(limits.percent(upper));
            prop_assert_eq!(names.contains(&name), fits);
            if fits {
                so_far = with_it;
            }
        }
    }
}
