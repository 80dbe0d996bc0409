using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Emotion.ModelRegistry.Releases;

/// <summary>
/// The highest generation of each channel that this reader has seen. A channel that comes back lower was played back by somebody, and
/// its signature is as good as ever. Kept on disk too where channels are signed, so that a restart forgets nothing: one empty file per
/// generation, whose name is the number, because then several processes may share the folder and none can lower what another saw.
/// </summary>
internal sealed class SeenGenerations(string cacheDirectory, string registryAddress, bool persistent)
{
    /// <summary>More generations at once than promotions ever pass between two looks.</summary>
    public const long Jump = 1_000_000;

    /// <summary>Higher than any registry gets by promotions, and far from where a number overflows.</summary>
    private const long Last = 1_000_000_000_000;

    private readonly ConcurrentDictionary<string, long> _seen = new();

    // A cache may serve several registries, and each counts for itself.
    private readonly string _folder = Path.GetFullPath(Path.Combine(
        cacheDirectory, ".generations", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(registryAddress)))[..12]));

    /// <summary>0 where nothing was seen.</summary>
    public long Highest(string channel)
    {
        var known = _seen.GetValueOrDefault(channel);
        return persistent ? Math.Max(known, OnDisk(channel).DefaultIfEmpty().Max()) : known;
    }

    /// <exception cref="PackageIntegrityException">It is lower than one that was seen.</exception>
    public void Check(string channel, long generation)
    {
        var highest = Highest(channel);
        if (generation < highest)
        {
            throw new PackageIntegrityException(
                $"Channel {channel} went back from generation {highest} to {generation}: an older one was played back. Refused; 'models promote RELEASE --channel {channel} --force' moves it past {highest}"
                + (persistent ? $" (or, if the registry was really made anew, delete '{Folder(channel)}')." : "."));
        }

        Remember(channel, generation);
    }

    /// <summary>Takes note of one that was read or written; a lower one changes nothing.</summary>
    public void Remember(string channel, long generation)
    {
        var highest = Highest(channel);
        _seen.AddOrUpdate(channel, generation, (_, other) => Math.Max(other, generation));
        if (persistent && generation > highest)
        {
            Record(channel, generation);
        }
    }

    /// <summary>Once such a one were remembered, every true state of the channel would be refused as played back.</summary>
    /// <exception cref="PackageIntegrityException">No promotions lead from what was seen to this one.</exception>
    public void RefuseAbsurd(string channel, long generation)
    {
        var highest = Highest(channel);
        if (generation > Last || (highest > 0 && generation > highest + Jump))
        {
            throw new PackageIntegrityException(
                $"Channel {channel} is of generation {generation}, which no promotions lead to (seen so far: {highest}). Refused; 'models promote RELEASE --channel {channel} --force' writes it anew.");
        }
    }

    private void Record(string channel, long generation)
    {
        try
        {
            var folder = Directory.CreateDirectory(Folder(channel)).FullName;
            File.Create(Path.Combine(folder, Name(generation))).Dispose();
            foreach (var lower in OnDisk(channel).Where(other => other < generation))
            {
                File.Delete(Path.Combine(folder, Name(lower)));
            }
        }
        catch (Exception readOnly) when (readOnly is IOException or UnauthorizedAccessException)
        {
            // A reader without a folder that it may write has its memory alone; that is no reason not to serve.
        }
    }

    private IEnumerable<long> OnDisk(string channel) =>
        Directory.Exists(Folder(channel))
            ? Directory.EnumerateFiles(Folder(channel))
                .Select(file => long.TryParse(Path.GetFileName(file), NumberStyles.None, CultureInfo.InvariantCulture, out var generation) && generation <= Last ? generation : 0)
            : [];

    private string Folder(string channel) => Path.Combine(_folder, channel);

    private static string Name(long generation) => generation.ToString(CultureInfo.InvariantCulture);
}
