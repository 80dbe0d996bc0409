using Microsoft.ML.OnnxRuntime;

namespace Emotion.Inference.Sessions;

/// <summary>
/// Graphs of one process by the SHA-256 of their files: versions that hold the same file, as a new classifier keeps its transcriber, run one session.
/// The last who lets go of it disposes it. Any number of threads.
/// </summary>
/// <param name="isOn">Off: each has one of its own.</param>
internal sealed class SharedGraphs(bool isOn)
{
    private readonly Lock _changing = new();
    private readonly Dictionary<string, Entry> _byDigest = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The session of this file, built by whoever asks first; who asks meanwhile waits for it.</summary>
    /// <param name="sha256">Of the file, whose bytes are the whole graph: packages with data beside it are refused.</param>
    /// <exception cref="OnnxRuntimeException">It does not load. Nothing is kept, and who asks next tries anew.</exception>
    public Holding Hold(string sha256, Func<InferenceSession> build)
    {
        Entry? entry;
        lock (_changing)
        {
            if (!isOn || !_byDigest.TryGetValue(sha256, out entry))
            {
                entry = new Entry(sha256, build);
                if (isOn)
                {
                    _byDigest.Add(sha256, entry);
                }
            }

            entry.Holders++;
        }

        try
        {
            return new Holding(this, entry, entry.Session.Value);
        }
        catch
        {
            LetGo(entry);
            throw;
        }
    }

    private void LetGo(Entry entry)
    {
        lock (_changing)
        {
            if (--entry.Holders > 0)
            {
                return;
            }

            if (isOn)
            {
                _byDigest.Remove(entry.Digest);
            }
        }

        if (entry.Session.IsValueCreated)
        {
            entry.Session.Value.Dispose();
        }
    }

    /// <summary>One holder's right to a session, until disposed.</summary>
    public sealed class Holding : IDisposable
    {
        private readonly SharedGraphs _graphs;
        private Entry? _entry;

        internal Holding(SharedGraphs graphs, Entry entry, InferenceSession session) => (_graphs, _entry, Session) = (graphs, entry, session);

        public InferenceSession Session { get; }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _entry, null) is { } entry)
            {
                _graphs.LetGo(entry);
            }
        }
    }

    internal sealed class Entry(string digest, Func<InferenceSession> build)
    {
        public string Digest { get; } = digest;

        public Lazy<InferenceSession> Session { get; } = new(build);

        /// <summary>Under the lock alone.</summary>
        public int Holders { get; set; }
    }
}
