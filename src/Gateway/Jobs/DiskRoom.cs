using Emotion.Media;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Jobs;

/// <summary>
/// Room that must be left on the disks of the data folder and of the folder that clips are worked on in. What each request may bring is bounded, what all of them
/// bring together may still be more than a disk has: then nothing new is taken in, and what runs, the database above all, can go on.
/// </summary>
public sealed class DiskRoom(DataFolder folder, IOptions<JobsOptions> options, IOptions<MediaOptions> media)
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(30);

    private readonly DriveInfo[] _disks =
        [new(folder.FullName), new(media.Value.WorkFolder.Length > 0 ? Path.GetFullPath(media.Value.WorkFolder) : Path.GetTempPath())];

    /// <summary>Whether it is left.</summary>
    public bool IsLeft => _disks.All(disk => disk.AvailableFreeSpace >= options.Value.MinimumFreeBytes);

    /// <exception cref="RefusedException">It is not.</exception>
    public void Require()
    {
        if (!IsLeft)
        {
            throw new RefusedException(new Refusal(
                StatusCodes.Status503ServiceUnavailable, "disk-full", "The gateway's disk has no room for more clips. Try again later.") { RetryAfter = RetryAfter });
        }
    }
}
