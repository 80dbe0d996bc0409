using System.Collections.Concurrent;
using System.Net;

namespace Emotion.ModelRegistry.Tests;

/// <summary>
/// A signed set, one byte of it changed at a time. The blobs come from the emulator once; after that every answer is given from memory
/// below the real client, with the flip in it: the code that reads is the same, without its thousands of round trips.
/// </summary>
public sealed class ByteFlipTests(AzuriteFixture azurite) : IDisposable
{
    private const int Flips = 1000;
    private const int Seed = 20261129;

    private readonly TestPackages _packages = new();
    private readonly TestKeys _keys = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _packages.Dispose();
        _keys.Dispose();
    }

    [Fact]
    public async Task Read_OneByteOfASignedSetFlipped_IsRefusedEveryTime()
    {
        var options = _keys.Sign(azurite.CreateOptions());
        await PublishAsync(FaultyNetwork.Connect(options, new SocketsHttpHandler()));
        using var memory = new RememberingNetwork();
        await ReadEverythingAsync(options, memory);
        var random = new Random(Seed);
        // Places, not bytes, are drawn evenly: a signature of 107 bytes is tried as often as a file of thousands.
        var places = memory.Places.Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(PlacesOfTheSet, places.Length);
        var refused = places.ToDictionary(place => place, _ => 0);

        for (var flip = 0; flip < Flips; flip++)
        {
            var place = places[random.Next(places.Length)];
            memory.Flip(place, random);
            var outcome = await Record.ExceptionAsync(() => ReadEverythingAsync(options, memory));
            Assert.True(outcome is PackageIntegrityException, $"Flip {flip} at {memory.Flipped}: {outcome?.ToString() ?? "was used"}");
            refused[place]++;
        }

        memory.Restore();
        await ReadEverythingAsync(options, memory);
        Assert.Equal(Flips, refused.Values.Sum());
        Assert.All(refused.Values, count => Assert.True(count > 50));
    }

    /// <summary>Two packages of two files, manifest and signature each; a release and its signature; the channel and its signature.</summary>
    private const int PlacesOfTheSet = (2 * 4) + 2 + 2;

    private async Task PublishAsync(Registry registry)
    {
        var audio = await _packages.SealAsync("audio", new string('a', 5000));
        var fusion = await _packages.SealAsync("fusion", new string('f', 3000), new() { ["audio"] = audio.Version });
        await registry.PublishAsync(audio, Cancelled);
        await registry.PublishAsync(fusion, Cancelled);
        await registry.PublishReleaseAsync(TestPackages.Release("r1", audio, fusion), Cancelled);
        await registry.PromoteAsync("stable", "r1", 1, "ada", "first", Cancelled);
    }

    /// <summary>As a service does at its start: from the channel to every file.</summary>
    private async Task ReadEverythingAsync(ModelRegistryOptions writer, RememberingNetwork memory)
    {
        var cache = Directory.CreateDirectory(Path.Combine(_packages.Root, Guid.NewGuid().ToString("n"))).FullName;
        try
        {
            var options = _keys.Trust(new ModelRegistryOptions
            {
                ConnectionString = writer.ConnectionString, Container = writer.Container, CacheDirectory = cache, MaxRetries = 0,
            });
            var registry = FaultyNetwork.Connect(options, memory);
            var channel = await registry.ChannelAsync("stable", Cancelled);
            var release = await registry.ReleaseAsync(channel!.Channel.Release, Cancelled);
            foreach (var (name, version) in release.Models)
            {
                await registry.FetchAsync(name, version, Cancelled);
            }
        }
        finally
        {
            Directory.Delete(cache, recursive: true);
        }
    }

    /// <summary>Asks the network once for each blob; a flip is in what it gives from then on.</summary>
    private sealed class RememberingNetwork() : DelegatingHandler(new SocketsHttpHandler())
    {
        private const string SignatureHeader = "x-ms-meta-signature";
        private const string RequestId = "x-ms-client-request-id";

        private readonly ConcurrentDictionary<string, Answer> _answers = new();
        private string _place = "";
        private Answer? _original;

        /// <summary>Blobs by path, and metadata that sign them by path and header.</summary>
        public IEnumerable<string> Places => _answers.SelectMany(answer => answer.Value.Headers.Any(header => IsSignature(header.Key))
            ? (string[])[answer.Key, $"{answer.Key} {SignatureHeader}"]
            : [answer.Key]);

        public string Flipped { get; private set; } = "";

        public void Flip(string place, Random random)
        {
            Restore();
            _place = place.Split(' ')[0];
            _original = _answers[_place];
            _answers[_place] = place == _place ? FlipContent(_original, random) : FlipSignature(_original, random);
        }

        public void Restore()
        {
            if (_original is { } original)
            {
                _answers[_place] = original;
            }
        }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            Assert.Equal(HttpMethod.Get, request.Method);
            var path = request.RequestUri!.AbsolutePath;
            if (!_answers.TryGetValue(path, out var answer))
            {
                using var response = await base.SendAsync(request, cancellationToken);
                Assert.True(response.IsSuccessStatusCode);
                answer = new Answer(
                    response.StatusCode, [.. response.Headers], [.. response.Content.Headers], await response.Content.ReadAsByteArrayAsync(cancellationToken));
                _answers[path] = answer;
            }

            return answer.ToResponse(request);
        }

        private Answer FlipContent(Answer answer, Random random)
        {
            var at = random.Next(answer.Content.Length);
            var content = answer.Content.ToArray();
            content[at] ^= (byte)random.Next(1, 256);
            Flipped = $"{_place}[{at}]";
            return answer with { Content = content };
        }

        // What a header can hold: another printable character.
        private Answer FlipSignature(Answer answer, Random random)
        {
            var signature = answer.Headers.Single(header => IsSignature(header.Key)).Value.Single().ToCharArray();
            var at = random.Next(signature.Length);
            var other = (char)random.Next('!', '~');
            signature[at] = other == signature[at] ? '~' : other;
            Flipped = $"{_place} {SignatureHeader}[{at}]";
            return answer with
            {
                Headers = [.. answer.Headers.Where(header => !IsSignature(header.Key)), new(SignatureHeader, [new string(signature)])],
            };
        }

        private static bool IsSignature(string header) => string.Equals(header, SignatureHeader, StringComparison.OrdinalIgnoreCase);

        private sealed record Answer(
            HttpStatusCode Status,
            IReadOnlyList<KeyValuePair<string, IEnumerable<string>>> Headers,
            IReadOnlyList<KeyValuePair<string, IEnumerable<string>>> ContentHeaders,
            byte[] Content)
        {
            public HttpResponseMessage ToResponse(HttpRequestMessage request)
            {
                var response = new HttpResponseMessage(Status) { RequestMessage = request, Content = new ByteArrayContent(Content) };
                foreach (var (name, values) in Headers)
                {
                    response.Headers.TryAddWithoutValidation(name, values);
                }

                // The client insists on an answer to its own question.
                response.Headers.Remove(RequestId);
                response.Headers.TryAddWithoutValidation(RequestId, request.Headers.GetValues(RequestId));
                foreach (var (name, values) in ContentHeaders)
                {
                    response.Content.Headers.TryAddWithoutValidation(name, values);
                }

                return response;
            }
        }
    }
}
