// Activity sources are process-wide: a collector of one test would hear the requests of another.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
