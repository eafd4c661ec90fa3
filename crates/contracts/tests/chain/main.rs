//! The contracts on a chain: blocks and transactions through the controller, in memory.

#[cfg(test)]
mod counter;
#[cfg(test)]
mod metadata;
#[cfg(test)]
mod names;
#[cfg(test)]
mod pob;
#[cfg(test)]
mod pow;
#[cfg(test)]
mod support;
#[cfg(test)]
mod token;
