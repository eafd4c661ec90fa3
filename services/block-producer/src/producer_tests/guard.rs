//! No second block for a parent, whatever ends the process and whatever the chain forgets; and no
//! standstill because of that.

use proptest::prelude::*;

use super::*;

/// The ids proposed, in order, repetitions left out.
fn distinct(stage: &Stage) -> Vec<Bytes> {
    let mut ids: Vec<Bytes> =
        stage.world.state().proposals.iter().map(|block| block.id.clone()).collect();
    ids.dedup();
    ids
}

/// Runs a script; returns how many blocks were proposed for the first height.
async fn blocks_at_first_height(steps: impl IntoIterator<Item = Step>) -> usize {
    let stage = Stage::new(Rule::Federated);
    stage.world.script(steps);
    stage.produce_until(federated, 1).await;
    assert!(stage.world.state().breaches.is_empty(), "{:?}", stage.world.state().breaches);
    distinct(&stage).len()
}

#[tokio::test(start_paused = true)]
async fn a_process_killed_before_or_after_the_chain_decided_signs_nothing_else() {
    for step in [Step::KillFirst, Step::HonestThenKill] {
        assert_eq!(blocks_at_first_height([step]).await, 1, "{step:?}");
    }
    assert_eq!(blocks_at_first_height([Step::KillFirst; 5]).await, 1);
    // The chain has refused it, but the process could not know; it is asked and decides anew.
    assert_eq!(blocks_at_first_height([Step::RefuseThenKill]).await, 1);
    assert_eq!(blocks_at_first_height([Step::RefuseThenKill, Step::Refuse]).await, 2);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_the_chain_lost_is_given_to_it_again() {
    let stage = Stage::new(Rule::Federated);
    stage.world.script([Step::Honest, Step::AcceptThenLose]);
    stage.produce_until(federated, 2).await;
    let state = stage.world.state();
    assert_eq!(state.proposals.len(), 3);
    assert_eq!(state.proposals[1], state.proposals[2]);
}

#[tokio::test(start_paused = true)]
async fn a_block_that_was_put_aside_does_not_end_production() {
    let stage = Stage::new(Rule::Federated);
    stage.world.script([Step::AcceptThenPutAside]);
    stage.produce_until(federated, 2).await;
    assert!(stage.world.state().breaches.is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_uncertain_answer_is_asked_for_again_but_not_for_ever() {
    assert_eq!(blocks_at_first_height([Step::Uncertain; 19]).await, 1);
    let stage = Stage::new(Rule::Federated);
    stage.world.script([Step::Uncertain; 20]);
    stage.produce_until(federated, 1).await;
    assert_eq!(distinct(&stage).len(), 2);
}

#[tokio::test(start_paused = true)]
async fn another_head_makes_a_silent_proposal_useless() {
    let stage = Stage::new(Rule::Federated);
    stage.world.script([Step::Ignore]);
    let (producer, _signals) = stage.producer(federated(), false);
    let act = async {
        stage.until(|world| !world.state().proposals.is_empty()).await;
        stage.world.foreign_block(START_MS + 1);
        stage.until(|world| world.height() == 2).await;
    };
    beside(producer.run(), act).await;
    let state = stage.world.state();
    assert_eq!(state.proposals.len(), 2);
    assert_eq!(state.proposals[1].header.as_ref().unwrap().height, 2);
}

#[tokio::test(start_paused = true)]
async fn a_new_chain_with_the_old_directory_gets_its_blocks() {
    let mut stage = Stage::new(Rule::Federated);
    stage.produce_until(federated, 3).await;
    let directory = stage.directory;
    let fresh = Stage::new(Rule::Federated);
    stage = Stage { directory, ..fresh };
    stage.produce_until(federated, 4).await;
    assert!(stage.world.state().breaches.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_damaged_record_stops_production_on_its_parent_only() {
    let stage = Stage::new(Rule::Federated);
    let path = stage.directory.path().join(format!("1-{}", hex::encode(world::zero_id())));
    std::fs::write(&path, b"damaged").unwrap();
    let (producer, _signals) = stage.producer(federated(), false);
    let board = stage.board.clone();
    let act = async {
        let mut board = board.watch();
        let shown = board.wait_for(|shown| shown.trouble.is_some()).await.unwrap().clone();
        assert!(shown.trouble.unwrap().contains("delete the file"));
        // Another producer's block goes on, and so does this one.
        stage.world.foreign_block(START_MS + 1);
        stage.until(|world| world.height() >= 2).await;
    };
    beside(producer.run(), act).await;
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Honest),
        Just(Step::HonestThenKill),
        Just(Step::KillFirst),
        Just(Step::Refuse),
        Just(Step::RefuseThenKill),
        Just(Step::Uncertain),
        Just(Step::AcceptThenLose),
        Just(Step::AcceptThenPutAside),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_no_second_block_is_signed_and_production_goes_on(
        steps in prop::collection::vec(any_step(), 0..20),
        failing in prop::collection::vec(any::<bool>(), 0..5),
        burned in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all().start_paused(true).build().unwrap();
        runtime.block_on(async {
            // Every third quantum wins: proofs are slow without optimisation.
            let stage = Stage::new(if burned { pob_rule(3_000_000) } else { Rule::Federated });
            for (index, fails) in failing.iter().enumerate() {
                stage.world.add_pending(&format!("t{index}"), 10, *fails);
            }
            stage.world.script(steps.iter().copied());
            let algorithm = || if burned { pob() } else { federated() };
            // The script cannot set the chain back for ever, so it gets there.
            stage.produce_until(algorithm, 22).await;
            prop_assert_eq!(&stage.world.state().breaches, &[] as &[String]);
            prop_assert!(stage.world.state().script.is_empty());
            Ok(())
        })?;
    }
}
