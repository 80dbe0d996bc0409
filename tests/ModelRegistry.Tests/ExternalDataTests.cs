using Emotion.ModelRegistry.Blobs;
using Emotion.ModelRegistry.Packages;

namespace Emotion.ModelRegistry.Tests;

/// <summary>Graphs made by hand in the wire format of onnx.proto.</summary>
public sealed class ExternalDataTests(AzuriteFixture azurite) : IDisposable
{
    private readonly TestPackages _packages = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    /// <summary>external_data { key: "location", value: "../../etc/passwd" }, data_location: EXTERNAL.</summary>
    private static byte[] ExternalTensor => [.. Field(13, [.. Field(1, "location"u8), .. Field(2, "../../etc/passwd"u8)]), .. Number(14, 1)];

    /// <summary>Where a tensor can be in a model.</summary>
    public static TheoryData<string, string> External => new()
    {
        { "initializer", Hex(Model(Graph(Field(5, ExternalTensor)))) },
        { "announced alone", Hex(Model(Graph(Field(5, Number(14, 1))))) },
        { "named alone", Hex(Model(Graph(Field(5, Field(13, Field(1, "location"u8)))))) },
        { "after other initializers", Hex(Model(Graph([.. Field(5, Field(9, new byte[300])), .. Field(5, ExternalTensor)]))) },
        { "sparse initializer, values", Hex(Model(Graph(Field(15, Field(1, ExternalTensor))))) },
        { "sparse initializer, indices", Hex(Model(Graph(Field(15, Field(2, ExternalTensor))))) },
        { "constant's attribute", Hex(Model(Graph(Field(1, Field(5, Field(5, ExternalTensor)))))) },
        { "attribute's list", Hex(Model(Graph(Field(1, Field(5, Field(10, ExternalTensor)))))) },
        { "attribute's sparse tensor", Hex(Model(Graph(Field(1, Field(5, Field(22, Field(1, ExternalTensor))))))) },
        { "subgraph", Hex(Model(Graph(Field(1, Field(5, Field(6, Field(5, ExternalTensor))))))) },
        { "one of several subgraphs", Hex(Model(Graph(Field(1, Field(5, Field(11, Field(5, ExternalTensor))))))) },
        { "function", Hex(Field(25, Field(7, Field(5, Field(5, ExternalTensor))))) },
        { "function's default", Hex(Field(25, Field(11, Field(5, ExternalTensor)))) },
        { "training graph", Hex(Field(20, Field(1, Field(5, ExternalTensor)))) },
        { "second graph field, which parsers merge", Hex([.. Model(Graph([])), .. Model(Graph(Field(5, ExternalTensor)))]) },
        { "tag in more bytes than it needs", Hex(Model(Graph(Field(5, (byte[])[0xf0, 0x80, 0x80, 0x00, 1])))) },
        { "location in more bits than an enum has", Hex(Model(Graph(Field(5, (byte[])[0x70, 0x81, 0x80, 0x80, 0x80, 0x10])))) },
        { "after a group of unknown fields", Hex([.. Tag(99, 3), .. Number(1, 5), .. Tag(99, 4), .. Model(Graph(Field(5, ExternalTensor)))]) },
    };

    public void Dispose() => _packages.Dispose();

    [Theory]
    [MemberData(nameof(External))]
    public void Scan_TensorWithExternalData_IsFoundWhereverItIs(string where, string hex)
    {
        using var graph = new MemoryStream(Convert.FromHexString(hex));

        Assert.True(ExternalDataScan.Objection(graph)?.Contains("external data", StringComparison.Ordinal) == true, where);
    }

    [Fact]
    public void Scan_ValuesThatLookLikeExternalData_AreValues()
    {
        var raw = Field(9, ExternalTensor);
        using var graph = new MemoryStream(Model(Graph([.. Field(5, [.. raw, .. Number(14, 0)]), .. Field(2, ExternalTensor)])));

        Assert.Null(ExternalDataScan.Objection(graph));
    }

    [Fact]
    public void Scan_NestedDeeperThanAnyParserReads_IsRefused()
    {
        byte[] graph = Field(5, ExternalTensor);
        for (var depth = 0; depth < 60; depth++)
        {
            graph = Field(1, Field(5, Field(6, graph)));
        }

        using var model = new MemoryStream(Model(Graph(graph)));

        Assert.Contains("nests deeper", ExternalDataScan.Objection(model));
    }

    [Fact]
    public void Scan_AnyBytes_EndsWithoutFailing()
    {
        var random = new Random(7);
        for (var i = 0; i < 2000; i++)
        {
            var bytes = Model(Graph([.. Field(5, Field(9, new byte[20])), .. Field(1, Field(5, Number(3, 1)))]));
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            using var graph = new MemoryStream(bytes);
            var outcome = Record.Exception(() => ExternalDataScan.Objection(graph));
            Assert.True(outcome is null, $"{Hex(bytes)}: {outcome}");
        }
    }

    [Fact]
    public async Task Seal_GraphWithExternalData_IsRefused()
    {
        var package = await _packages.SealAsync("audio");
        await File.WriteAllBytesAsync(package.PathOf("model.onnx"), Model(Graph(Field(5, ExternalTensor))), Cancelled);

        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(
            () => ModelPackage.SealAsync(package.Directory, TestPackages.Draft("audio"), TimeProvider.System, Cancelled));

        Assert.Contains("'model.onnx' keeps values in another file (external data)", refused.Message);
    }

    [Fact]
    public async Task PublishAndFetch_GraphWithExternalDataAndGoodHashes_AreRefused()
    {
        var registry = azurite.CreateRegistry();
        var (opened, version) = await SmuggleAsync();
        var published = await Assert.ThrowsAsync<PackageIntegrityException>(() => registry.PublishAsync(opened, Cancelled));
        foreach (var file in (string[])["model.onnx", "golden/input.json", "manifest.json"])
        {
            await registry.Blobs.EnsureContainerAsync(Cancelled);
            await registry.Blobs.CreateAsync($"audio/{version}/{file}", await File.ReadAllBytesAsync(Path.Combine(opened.Directory, file), Cancelled), Cancelled);
        }

        var fetched = await Assert.ThrowsAsync<PackageIntegrityException>(() => registry.FetchAsync("audio", version, Cancelled));

        Assert.Contains("external data", published.Message);
        Assert.Contains("external data", fetched.Message);
    }

    [Fact]
    public async Task Open_ShippedPackages_HaveNone()
    {
        var root = typeof(AzuriteFixture).Assembly.GetCustomAttributes(typeof(System.Reflection.AssemblyMetadataAttribute), false)
            .Cast<System.Reflection.AssemblyMetadataAttribute>().Single(attribute => attribute.Key == "RepositoryRoot").Value!;
        var release = await ReleasePublisher.ReadReleaseAsync(Path.Combine(root, "models"), Cancelled);

        foreach (var (name, version) in release.Models)
        {
            Assert.Equal(version, (await ModelPackage.OpenAsync(Path.Combine(root, "models", name, version), Cancelled)).Version);
        }
    }

    /// <summary>A folder whose every hash is right, made by somebody who does not look through graphs.</summary>
    private async Task<(ModelPackage Opened, string Version)> SmuggleAsync()
    {
        var package = await _packages.SealAsync("audio");
        var graph = Model(Graph(Field(5, ExternalTensor)));
        await File.WriteAllBytesAsync(package.PathOf("model.onnx"), graph, Cancelled);
        var files = new Dictionary<string, string>(package.Manifest.Files)
        {
            ["model.onnx"] = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(graph)),
        };
        var version = PackageVersion.Compute(package.Manifest.CreatedAt, files);
        await File.WriteAllBytesAsync(
            Path.Combine(package.Directory, "manifest.json"), BlobStore.Serialize(package.Manifest with { Files = files, Version = version }), Cancelled);
        return (package, version);
    }

    private static byte[] Model(byte[] graph) => [.. Number(1, 8), .. Field(2, "by hand"u8), .. Field(7, graph)];

    private static byte[] Graph(byte[] content) => [.. Field(2, "graph"u8), .. content];

    private static byte[] Field(int field, ReadOnlySpan<byte> content) => [.. Tag(field, 2), .. Varint((ulong)content.Length), .. content];

    private static byte[] Number(int field, ulong value) => [.. Tag(field, 0), .. Varint(value)];

    private static byte[] Tag(int field, int type) => Varint(((ulong)field << 3) | (uint)type);

    private static byte[] Varint(ulong value)
    {
        var bytes = new List<byte>();
        while (value >= 0x80)
        {
            bytes.Add((byte)(value | 0x80));
            value >>= 7;
        }

        return [.. bytes, (byte)value];
    }

    private static string Hex(byte[] bytes) => Convert.ToHexString(bytes);
}
