using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Aspire.Dashboard;

internal sealed record ResourceBoard(IReadOnlyList<DashboardResource> Resources, IReadOnlyList<DashboardReplicas> Replicas);

/// <summary>What runs, what it writes, and what can be done to it.</summary>
internal static class ResourceEndpoints
{
    /// <summary>Many changes in a short time are one.</summary>
    private static readonly TimeSpan Breath = TimeSpan.FromMilliseconds(100);

    public static void MapResources(this IEndpointRouteBuilder routes)
    {
        var followers = 0;
        IResult Follow<T>(DashboardOptions options, CancellationToken cancellationToken, IAsyncEnumerable<T> changes)
        {
            if (Interlocked.Increment(ref followers) > options.Followers)
            {
                Interlocked.Decrement(ref followers);
                return Results.Text("Too many browsers follow this dashboard.\n", statusCode: StatusCodes.Status503ServiceUnavailable);
            }

            cancellationToken.Register(() => Interlocked.Decrement(ref followers));
            return Results.ServerSentEvents(changes);
        }

        routes.MapGet("/api/resources", (IDashboardResources resources) => Of(resources));
        routes.MapGet("/api/resources/events", (IDashboardResources resources, DashboardOptions options, HttpContext context) =>
            Follow(options, context.RequestAborted, BoardsAsync(resources, context.RequestAborted)));
        routes.MapGet("/api/console/{name}/events", (string name, ConsoleLines lines, DashboardOptions options, HttpContext context) =>
            Follow(options, context.RequestAborted, LinesAsync(lines, name, context.RequestAborted)));
        routes.MapPost("/api/resources/{name}/{command}", (string name, string command, IDashboardResources resources) =>
            Enum.TryParse<ResourceCommand>(command, ignoreCase: true, out var known)
                ? Do(() => resources.Execute(name, known))
                : Results.Text($"There is no command '{command}': {string.Join(", ", Enum.GetNames<ResourceCommand>())}.\n", statusCode: StatusCodes.Status404NotFound));
        routes.MapPost("/api/scale/{name}", (string name, int replicas, IDashboardResources resources) => Do(() => resources.Scale(name, replicas)));
    }

    private static IResult Do(Action action)
    {
        try
        {
            action();
            return Results.Accepted();
        }
        catch (KeyNotFoundException unknown)
        {
            return Results.Text(unknown.Message, statusCode: StatusCodes.Status404NotFound);
        }
        catch (InvalidOperationException refused)
        {
            return Results.Text(refused.Message, statusCode: StatusCodes.Status409Conflict);
        }
    }

    private static ResourceBoard Of(IDashboardResources resources) => new(resources.All, resources.Replicas);

    private static async IAsyncEnumerable<ResourceBoard> BoardsAsync(IDashboardResources resources, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var changed = resources.Changed;
            yield return Of(resources);
            await changed.WaitAsync(cancellationToken);
            await Task.Delay(Breath, cancellationToken);
        }
    }

    private static async IAsyncEnumerable<IReadOnlyList<ConsoleLine>> LinesAsync(ConsoleLines lines, string name, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var last = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            var changed = lines.Changed;
            if (lines.After(name, last) is [.., var newest] some)
            {
                last = newest.Number;
                yield return some;
            }

            await changed.WaitAsync(cancellationToken);
            await Task.Delay(Breath, cancellationToken);
        }
    }
}
