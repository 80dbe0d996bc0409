// A front that calls a back: the smallest system that has health, references, waiting and a trace over two processes.
var builder = DistributedApplication.CreateBuilder(args);

var back = builder.AddProject<Projects.TinyService>("back")
    .WithHttpEndpoint()
    .WithHttpHealthCheck("/health");

builder.AddProject<Projects.TinyService>("front")
    .WithHttpEndpoint()
    .WithExternalHttpEndpoints()
    .WithHttpHealthCheck("/health")
    .WithReference(back)
    .WaitFor(back);

builder.Build().Run();
