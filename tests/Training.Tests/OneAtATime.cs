// libtorch has one generator of random numbers per process: tests that seed it cannot run beside each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
