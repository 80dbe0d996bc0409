using System.Security.Cryptography;
using System.Text;
using Emotion.Gateway.Api;
using Emotion.Gateway.Clips;
using Emotion.Gateway.Jobs;

namespace Emotion.Gateway.Batches;

/// <summary>One clip of a batch, stored or refused.</summary>
/// <param name="Id">Of its analysis, and of its clip.</param>
/// <param name="Name">Of its file, without folders.</param>
/// <param name="Digest">Of its bytes; empty where it was refused.</param>
/// <param name="Problem">Why it was refused; null where it was stored.</param>
public sealed record ReceivedItem(string Id, string Name, long Bytes, TimeSpan Upload, string Digest, Refusal? Problem);

/// <summary>All that a request has brought so far. Unless it is kept, disposal deletes the clips.</summary>
public sealed class ReceivedBatch(ClipStore clips) : IAsyncDisposable
{
    private readonly List<ReceivedItem> _items = [];
    private bool _isKept;

    public IReadOnlyList<ReceivedItem> Items => _items;

    public UploadFields Fields { get; set; } = UploadFields.None;

    public void Add(ReceivedItem item) => _items.Add(item);

    /// <summary>Their analyses are in the database.</summary>
    public void Keep() => _isKept = true;

    /// <summary>What the request asks for, in short: names and bytes of its clips, in order, and its options.</summary>
    public string Digest(UploadFields fields)
    {
        var said = JobJson.Write(new { items = Items.Select(item => new { item.Name, item.Digest, item.Problem?.Reason }), fields });
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(said)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var stored in _isKept ? [] : _items.Where(item => item.Problem is null))
        {
            await clips.DeleteAsync(stored.Id, CancellationToken.None);
        }
    }
}
