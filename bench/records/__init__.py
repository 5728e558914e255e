"""The input and output: workloads and results, frozen, versioned, and checked where they enter."""
