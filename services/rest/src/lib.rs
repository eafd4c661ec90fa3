//! A service of the node whose libraries are pinned here; its code comes next.
