using Emotion.Gateway.Canary;
using Emotion.Gateway.Jobs;
using Emotion.Media;
using Microsoft.Extensions.Options;

namespace Emotion.Gateway.Api;

/// <summary>The door: takes a place in the queue, chooses the release, receives the clip, and hands it on as a job.</summary>
public sealed class AnalysisIntake(
    AnalysisQueue queue, AnalysisStore store, ReleaseRouter router, FFMpegGuard guard, ClipReceiver receiver, IOptions<CanaryOptions> options, TimeProvider clock)
{
    /// <param name="asked">What the query asks for; a part of the body that says otherwise is overruled by it.</param>
    /// <exception cref="RefusedException">Nothing is left on disk.</exception>
    public async Task<AnalysisJob> AcceptAsync(HttpRequest request, UploadFields asked, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("N");
        var clientKey = request.Headers[options.Value.ClientKeyHeader].ToString();
        router.Choose(asked.Release, id, clientKey); // Before the upload: a caller who cannot be served need not send it.
        var admission = queue.Admit();
        WorkFolder? folder = null;
        try
        {
            folder = guard.CreateFolder();
            var upload = await receiver.ReceiveAsync(request, folder, cancellationToken);
            var fields = asked.Over(upload.Fields);
            var text = new TextRequest(upload.Transcript, fields.SpokenLanguage(), fields.IncludeTranscript ?? false);
            var route = router.Choose(fields.Release, id, clientKey);
            GatewayInstruments.Routed.Add(1, new("release", route.Release.Name), new("arm", route.Arm.ToString().ToLowerInvariant()));
            var job = new AnalysisJob(id, Arrival.Now(clock), route, upload.Clip, text, folder, admission);
            store.Add(job);
            Enqueue(job);
            return job;
        }
        catch
        {
            folder?.Dispose();
            admission.Dispose();
            throw;
        }
    }

    private void Enqueue(AnalysisJob job)
    {
        try
        {
            queue.Enqueue(job);
        }
        catch (RefusedException)
        {
            store.TryRemove(job.Id, out _); // It would be said to wait for ever.
            throw;
        }
    }
}
