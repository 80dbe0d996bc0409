using System.Net.Http.Headers;
using System.Runtime.CompilerServices;

namespace Emotion.Client;

/// <summary>Many clips in one request.</summary>
public sealed partial class EmotionClient
{
    /// <summary>Uploads many clips and does not wait. One that is of no use has its problem; the others go on.</summary>
    /// <param name="options">For all of them; null for nothing special.</param>
    /// <exception cref="AnalysisRefusedException">The gateway refused all of it, and says why.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public Task<Batch> SubmitBatchAsync(IReadOnlyCollection<BatchFile> files, CancellationToken cancellationToken, SubmitOptions? options = null) => SubmitAsync(
        () =>
        {
            var form = new MultipartFormDataContent();
            foreach (var file in files)
            {
                form.Add(new StreamContent(file.Open()), "clip", file.Name);
            }

            return form;
        },
        () => true, options ?? new SubmitOptions(), cancellationToken);

    /// <summary>Uploads a zip of clips and does not wait.</summary>
    /// <param name="zip">Read from its position to its end; one that cannot seek is sent once, whatever happens.</param>
    /// <param name="uploaded">Told the bytes sent so far.</param>
    /// <inheritdoc cref="SubmitBatchAsync" path="/param"/>
    /// <inheritdoc cref="SubmitBatchAsync" path="/exception"/>
    public Task<Batch> SubmitZipAsync(Stream zip, IProgress<long>? uploaded, CancellationToken cancellationToken, SubmitOptions? options = null)
    {
        var (start, sent) = (zip.CanSeek ? zip.Position : 0, false);
        return SubmitAsync(
            () =>
            {
                if (sent)
                {
                    zip.Position = start;
                }

                sent = true;
                var content = new ProgressContent(zip, null, 0, uploaded);
                content.Headers.ContentType = new MediaTypeHeaderValue("application/zip");
                return content;
            },
            () => zip.CanSeek, options ?? new SubmitOptions(), cancellationToken);
    }

    /// <summary>How far a batch is.</summary>
    /// <exception cref="AnalysisRefusedException">There is none of that id any more.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task<Batch> GetBatchAsync(string id, CancellationToken cancellationToken) => (await PageAsync(id, 1, null, cancellationToken)).Batch;

    /// <summary>Its clips in the order that they were sent in, asked for page by page as they are read.</summary>
    /// <inheritdoc cref="GetBatchAsync" path="/exception"/>
    public async IAsyncEnumerable<BatchItem> ListBatchAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int PageSize = 500;
        string? after = null;
        do
        {
            var page = await PageAsync(id, PageSize, after, cancellationToken);
            foreach (var item in page.Items)
            {
                yield return item;
            }

            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>Ends all of a batch that waits or runs; what has its answer keeps it.</summary>
    /// <exception cref="AnalysisRefusedException">There is none of that id, or all of it had ended already.</exception>
    /// <exception cref="HttpRequestException">The gateway cannot be reached or failed.</exception>
    public async Task CancelBatchAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await _retries.SendAsync(token => SendAsync(HttpMethod.Post, BatchAddress(id, "/cancel"), token), () => true, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
    }

    /// <summary>Forgets a batch, its analyses and their answers.</summary>
    /// <inheritdoc cref="GetBatchAsync" path="/exception"/>
    public async Task DeleteBatchAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await _retries.SendAsync(token => SendAsync(HttpMethod.Delete, BatchAddress(id), token), () => true, cancellationToken);
        await ThrowIfRefusedAsync(response, cancellationToken);
    }

    private static Uri BatchAddress(string id, string rest = "") => new($"v1/batches/{Uri.EscapeDataString(id)}{rest}", UriKind.Relative);

    private async Task<Batch> SubmitAsync(Func<HttpContent> content, Func<bool> again, SubmitOptions options, CancellationToken cancellationToken)
    {
        using var accepted = await UploadAsync("v1/batches" + options.Query(wait: false, upload: null), content, again, options, cancellationToken);
        return Parse<Batch>(await accepted.Content.ReadAsStringAsync(cancellationToken));
    }

    private async Task<BatchPage> PageAsync(string id, int limit, string? after, CancellationToken cancellationToken)
    {
        var from = after is null ? "" : $"&after={Uri.EscapeDataString(after)}";
        using var response = await GetAsync(BatchAddress(id, $"?limit={limit}{from}"), cancellationToken);
        return Parse<BatchPage>(await response.Content.ReadAsStringAsync(cancellationToken));
    }
}
