global using Xunit;

// Most of the time a test waits: for its sandbox, or for the pauses of the module.
[assembly: CollectionBehavior(MaxParallelThreads = 8)]
