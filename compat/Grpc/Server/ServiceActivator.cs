using Microsoft.Extensions.DependencyInjection;

namespace Grpc.AspNetCore.Server;

/// <summary>
/// A service for one call: from the services of the request where it is registered there, else made for the call and, where
/// it is disposable, disposed after it.
/// </summary>
internal static class ServiceActivator<TService> where TService : class
{
    private static readonly Lazy<ObjectFactory<TService>> Factory =
        new(() => ActivatorUtilities.CreateFactory<TService>(Type.EmptyTypes));

    public static Lease Create(IServiceProvider services)
    {
        if (services.GetService<TService>() is { } registered)
        {
            return new Lease(registered, false);
        }

        var made = Factory.Value(services, []);
        return new Lease(made, made is IDisposable or IAsyncDisposable);
    }

    public static Task<TResult> Run<TResult>(Lease lease, Func<TService, Task<TResult>> call) =>
        lease.Owned ? RunOwned(lease, call) : call(lease.Service);

    public static Task Run(Lease lease, Func<TService, Task> call) => lease.Owned ? RunOwned(lease, call) : call(lease.Service);

    private static async Task<TResult> RunOwned<TResult>(Lease lease, Func<TService, Task<TResult>> call)
    {
        await using (lease.ConfigureAwait(false))
        {
            return await call(lease.Service).ConfigureAwait(false);
        }
    }

    private static async Task RunOwned(Lease lease, Func<TService, Task> call)
    {
        await using (lease.ConfigureAwait(false))
        {
            await call(lease.Service).ConfigureAwait(false);
        }
    }

    internal readonly record struct Lease(TService Service, bool Owned) : IAsyncDisposable
    {
        public ValueTask DisposeAsync()
        {
            if (Owned && Service is IAsyncDisposable asyncDisposable)
            {
                return asyncDisposable.DisposeAsync();
            }

            if (Owned && Service is IDisposable disposable)
            {
                disposable.Dispose();
            }

            return ValueTask.CompletedTask;
        }
    }
}
