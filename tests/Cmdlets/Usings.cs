global using Xunit;

// A test spends most of its time waiting: for its sandbox, or for the pauses of the module.
[assembly: CollectionBehavior(MaxParallelThreads = 8)]
