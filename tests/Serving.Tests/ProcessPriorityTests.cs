using System.Globalization;

namespace Emotion.Serving.Tests;

/// <summary>Looks at every thread of the process, so that nothing else may begin any.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>A little only, and for good: a thread that has stepped back may not step forward again.</summary>
[Collection(nameof(Alone))]
public sealed class ProcessPriorityTests
{
    [Fact]
    public void StepBack_OfAProcess_IsOfAllItsThreadsAndOfThoseToCome()
    {
        var share = ShareOfSession();

        ProcessPriority.StepBack(1);

        Assert.All(Directory.EnumerateDirectories("/proc/self/task"), thread => Assert.True(NicenessOf(thread) is null or >= 1, thread));
        int? later = null;
        var begun = new Thread(() => later = NicenessOf("/proc/thread-self"));
        begun.Start();
        begun.Join();
        Assert.Equal(1, later);
        Assert.Equal(share, ShareOfSession()); // Whoever started the tests leads it.
    }

    /// <summary>Null where the kernel shares cores between threads alone.</summary>
    private static string? ShareOfSession() => File.Exists("/proc/self/autogroup") ? File.ReadAllText("/proc/self/autogroup") : null;

    /// <summary>The 19th word, of which the second is a name in brackets that may have spaces. Null where the thread has ended.</summary>
    private static int? NicenessOf(string thread)
    {
        try
        {
            var words = File.ReadAllText(Path.Combine(thread, "stat")).Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return int.Parse(words[16], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
