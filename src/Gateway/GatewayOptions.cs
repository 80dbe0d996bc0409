using System.ComponentModel.DataAnnotations;
using Emotion.Features.Transcripts;

namespace Emotion.Gateway;

/// <summary>Section <c>Gateway</c>: every bound of the public edge. What a clip may be, its bytes included, is bounded by Media's options.</summary>
public sealed class GatewayOptions
{
    public const string Section = "Gateway";

    /// <summary>An upload that takes longer is refused with 408.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "24:00:00")]
    public TimeSpan UploadDeadline { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Analyses that run at the same time.</summary>
    [Range(1, 1024)]
    public int ConcurrentAnalyses { get; set; } = 2;

    /// <summary>Analyses that upload or wait, beyond those that run, at all gateways of a database. One more is refused with 503.</summary>
    [Range(0, 10_000)]
    public int QueueLength { get; set; } = 16;

    /// <summary>What a refused caller is told to wait.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan RetryAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest time that <c>?wait=true</c> holds a request; after it the answer is 202.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "24:00:00")]
    public TimeSpan MaximumWait { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>An analysis that takes longer, once started, is ended.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "24:00:00")]
    public TimeSpan AnalysisDeadline { get; set; } = TimeSpan.FromMinutes(20);

    /// <summary>What running analyses get to finish when the gateway stops; those that have not are begun anew by the next one.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan ShutdownGrace { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// Windows that a clip may fall into; what the services take of one clip is bounded too. Of the usual four seconds, 4 hours are 3,600.
    /// </summary>
    [Range(1, 100_000)]
    public int MaximumWindows { get; set; } = 4000;

    /// <summary>The words of a clip that come with it or are in it. Longer ones are refused with 413.</summary>
    [Range(1, 16 * 1024 * 1024)]
    public int MaximumTranscriptBytes { get; set; } = 256 * 1024;

    [Range(1, 100_000)]
    public int MaximumTranscriptSegments { get; set; } = 5000;

    /// <summary>Characters of one segment of a transcript.</summary>
    [Range(1, 100_000)]
    public int MaximumSegmentCharacters { get; set; } = 2000;

    /// <summary>Answers that are kept for later asking; the oldest go first.</summary>
    [Range(0, 1_000_000)]
    public int KeptAnalyses { get; set; } = 10_000;

    /// <summary>How long an answer is kept.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan KeptFor { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Requests that follow analyses by events, at the same time. One more is refused with 503.</summary>
    [Range(1, 100_000)]
    public int Followers { get; set; } = 256;

    /// <summary>What follows an analysis hears at least this often that the connection stands.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:05:00")]
    public TimeSpan Heartbeat { get; set; } = TimeSpan.FromSeconds(15);

    internal TranscriptLimits TranscriptLimits => new(MaximumTranscriptBytes, MaximumTranscriptSegments, MaximumSegmentCharacters);
}

/// <summary>
/// Section <c>Gateway:Calls</c>: how the gateway calls the services. Each deadline is of one try, and is longer by
/// <see cref="DeadlinePerSecond"/> for each second of the clip that the call is about.
/// </summary>
public sealed class CallOptions
{
    public const string Section = "Gateway:Calls";

    /// <summary>For the sound of a clip.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan AudioDeadline { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>For writing down what is said in the sound of a clip.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan TextDeadline { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>For what the words of one call carry. It does not grow with the clip.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan ReadingDeadline { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Passages of words in one such call.</summary>
    [Range(1, 10_000)]
    public int PassagesPerCall { get; set; } = 64;

    /// <summary>For one segment.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan SegmentDeadline { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>For the face frames of the whole clip.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan SequenceDeadline { get; set; } = TimeSpan.FromSeconds(30);

    [Range(typeof(TimeSpan), "00:00:00.100", "01:00:00")]
    public TimeSpan FusionDeadline { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>
    /// Where feature maps are of versions that the release's fusion was not trained on, the product of the posteriors answers, marked as fallback;
    /// otherwise such a clip is refused with 503.
    /// </summary>
    public bool AcceptFallback { get; set; } = true;

    /// <summary>A segment is decoded from its key frame on, which may be the clip's only one: no fixed deadline fits that and a short one.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan DeadlinePerSecond { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How often a call for sound or pictures is tried in all: at each other replica at once, then at all of them again.</summary>
    [Range(1, 100)]
    public int Attempts { get; set; } = 6;

    /// <summary>Before all replicas are tried again; doubled each time.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan FirstBackOff { get; set; } = TimeSpan.FromMilliseconds(500);

    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan LongestBackOff { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Segments of one clip that are with video replicas at the same time.</summary>
    [Range(1, 256)]
    public int ConcurrentSegments { get; set; } = 4;

    /// <summary>Face frames of one clip, about 2.5 KB each on disk until they are compared. Video fails beyond.</summary>
    [Range(1, 10_000_000)]
    public int MaximumFaceFrames { get; set; } = 100_000;

    /// <summary>How often every replica is asked what it has loaded; with the deadline, how soon one that dies, hangs or comes is noticed.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan StatusPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A replica that does not say within this time what it has loaded does not count.</summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:01:00")]
    public TimeSpan StatusDeadline { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// A replica that says nothing for so long while another one of its service does is taken to hang: calls in flight on it are sent to another at once. Longer than
    /// one question, which a replica that is busy may well miss: what it computes would be thrown away.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.050", "00:10:00")]
    public TimeSpan HungAfter { get; set; } = TimeSpan.FromSeconds(5);
}
