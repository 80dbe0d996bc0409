using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Emotion.Gateway.Jobs;

namespace Emotion.Gateway.Clips;

/// <summary>In the data folder of the one gateway that has it.</summary>
public sealed class DiskClipStore : ClipStore
{
    /// <summary>What is written goes to the disk in steps, so that little is left to do once the last byte has come.</summary>
    private const long BytesPerStep = 4 * 1024 * 1024;

    private readonly string _folder;

    /// <param name="name">Of the folder in it.</param>
    public DiskClipStore(DataFolder folder, string name)
    {
        _folder = folder.PathOf(name);
        DataFolder.CreatePrivate(_folder);
    }

    public override bool IsShared => false;

    public override IncomingClip Receive(string id) => new Incoming(PathOf(id));

    public override Task<string?> FetchAsync(string id, string folder, CancellationToken cancellationToken) =>
        Task.FromResult(File.Exists(PathOf(id)) ? PathOf(id) : null);

    public override Task<Stream?> OpenAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return Task.FromResult<Stream?>(new FileStream(
                PathOf(id), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, bufferSize: 0, FileOptions.Asynchronous));
        }
        catch (FileNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
    }

    public override Task DeleteAsync(string id, CancellationToken cancellationToken)
    {
        File.Delete(PathOf(id));
        return Task.CompletedTask;
    }

    public override async IAsyncEnumerable<(string Id, DateTimeOffset Written)> ListAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles())
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return (file.Name, file.LastWriteTimeUtc);
        }

        await Task.CompletedTask;
    }

    private string PathOf(string id) => Path.Combine(_folder, Path.GetFileName(id));

    private sealed class Incoming(string path) : IncomingClip
    {
        private FileStream? _file;
        private long _unwritten;
        private bool _isTaken;

        /// <summary>By a second name of the file, where the file system has such and both are on one.</summary>
        public override bool TryTake(string from)
        {
            if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
            {
                return false;
            }

            File.SetLastWriteTimeUtc(from, TimeProvider.System.GetUtcNow().UtcDateTime); // What is old and has no analysis yet would be swept.
            return _isTaken = Link(from, path) == 0;
        }

        public override async Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken)
        {
            _file ??= new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0, FileOptions.Asynchronous);
            await _file.WriteAsync(bytes, cancellationToken);
            _unwritten += bytes.Length;
            if (_unwritten >= BytesPerStep)
            {
                _unwritten = 0;
                RandomAccess.FlushToDisk(_file.SafeFileHandle);
            }
        }

        // With a new file's bytes, file systems with a journal write its entry in the folder, too.
        public override async Task CompleteAsync(CancellationToken cancellationToken)
        {
            if (_isTaken)
            {
                using var taken = File.OpenHandle(path);
                RandomAccess.FlushToDisk(taken);
                return;
            }

            RandomAccess.FlushToDisk(_file!.SafeFileHandle);
            await _file.DisposeAsync();
        }

        protected override async ValueTask CloseAsync(bool delete)
        {
            if (_file is not null)
            {
                await _file.DisposeAsync();
            }

            if (delete && (_file is not null || _isTaken))
            {
                File.Delete(path);
            }
        }

        [DllImport("libc", EntryPoint = "link")]
        private static extern int Link([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);
    }
}
