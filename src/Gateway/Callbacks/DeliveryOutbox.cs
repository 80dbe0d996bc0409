using Emotion.Gateway.Jobs;

namespace Emotion.Gateway.Callbacks;

/// <summary>Writes down that somebody is to be told, in the same transaction as the outcome that it is about: there is never one without the other.</summary>
internal static class DeliveryOutbox
{
    /// <param name="id">Of the analysis.</param>
    /// <param name="request">As its row has it.</param>
    /// <param name="now">When it ends.</param>
    /// <param name="end">Writes the outcome; tells how many rows it has changed.</param>
    /// <param name="beside">Writes what else goes with it; null for nothing.</param>
    public static async Task<int> EndAsync(
        JobsContext context, string id, string request, long now, Func<Task<int>> end, Func<Task>? beside, CancellationToken cancellationToken)
    {
        var delivery = Of(id, request, now);
        if (delivery is null && beside is null)
        {
            return await end();
        }

        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var ended = await end();
        if (ended > 0)
        {
            await (beside?.Invoke() ?? Task.CompletedTask);
            if (delivery is not null)
            {
                context.Deliveries.Add(delivery);
                await context.SaveChangesAsync(cancellationToken);
            }
        }

        await transaction.CommitAsync(cancellationToken);
        return ended;
    }

    /// <returns>Null where nobody is to be told.</returns>
    public static DeliveryRow? Of(JobRow ended) => Of(ended.Id, ended.Request, ended.EndedAt ?? ended.CreatedAt);

    private static DeliveryRow? Of(string id, string request, long now) => JobJson.Read<JobRequest>(request).Callback is { } callback
        ? new DeliveryRow { Id = "msg_" + Guid.NewGuid().ToString("N"), Job = id, Url = callback, CreatedAt = now, NextTryAt = now }
        : null;
}
