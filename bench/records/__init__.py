"""What goes in and comes out: workloads and results, frozen, versioned and checked where they enter."""
