using System.Globalization;
using System.Text.Json.Nodes;
using Emotion.ModelRegistry.Packages;

namespace Emotion.ModelRegistry.Tests;

public sealed class ModelPackageTests : IDisposable
{
    private readonly TestPackages _packages = new();

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Open_SealedFolder_GivesTheManifestBack()
    {
        var sealedPackage = await _packages.SealAsync("audio");

        var opened = await ModelPackage.OpenAsync(sealedPackage.Directory, TestContext.Current.CancellationToken);

        Assert.Equal(sealedPackage.Version, opened.Version);
        Assert.Equal(["golden/input.json", "model.onnx"], opened.Manifest.Files.Keys);
        Assert.Equal("features", opened.Manifest.Graph("classifier").Inputs[0].Name);
        Assert.Equal(1, (int)opened.Manifest.FrontEnd["revision"]!);
    }

    [Fact]
    public async Task Version_SameContent_EndsAlike_OtherContentDoesNot()
    {
        var first = await _packages.SealAsync("audio", "a");
        var again = await _packages.SealAsync("audio", "a");
        var other = await _packages.SealAsync("audio", "b");

        Assert.Equal(first.Version[^8..], again.Version[^8..]);
        Assert.NotEqual(first.Version[^8..], other.Version[^8..]);
    }

    [Theory]
    [InlineData("model.onnx")]
    [InlineData("golden/input.json")]
    [InlineData("manifest.json")]
    public async Task Open_OneByteFlipped_IsRefused(string file)
    {
        var package = await _packages.SealAsync("audio");
        var path = Path.Combine(package.Directory, file);
        var bytes = await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);
        var text = System.Text.Encoding.UTF8.GetString(bytes);
        var at = file == "manifest.json" ? text.IndexOf(package.Version, StringComparison.Ordinal) + package.Version.Length - 1 : 0;
        bytes[at] = (byte)(bytes[at] == (byte)'0' ? '1' : '0');
        await File.WriteAllBytesAsync(path, bytes, TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<PackageIntegrityException>(() => ModelPackage.OpenAsync(package.Directory, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Open_MissingFile_SaysWhich()
    {
        var package = await _packages.SealAsync("audio");
        File.Delete(package.PathOf("model.onnx"));

        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(() => ModelPackage.OpenAsync(package.Directory, TestContext.Current.CancellationToken));

        Assert.Contains("'model.onnx' is missing", refused.Message);
    }

    [Fact]
    public async Task Open_FolderWithoutManifest_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(() => ModelPackage.OpenAsync(_packages.Root, TestContext.Current.CancellationToken));

        Assert.Contains("manifest.json", refused.Message);
    }

    [Theory]
    [InlineData("graphs")]
    [InlineData("labels")]
    [InlineData("coveredLabels")]
    [InlineData("datasets")]
    [InlineData("files", "model.onnx")]
    [InlineData("trainedOn", "audio")]
    [InlineData("graphs", "0", "inputs")]
    [InlineData("graphs", "0", "outputs")]
    [InlineData("graphs", "0", "inputs", "0", "shape")]
    public async Task Open_ManifestWithANullElement_IsRefusedAsDamaged(params string[] path)
    {
        var package = await _packages.SealAsync("audio", trainedOn: new() { ["audio"] = "20200101-0000-00000000" });
        var file = Path.Combine(package.Directory, "manifest.json");
        var manifest = JsonNode.Parse(await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken))!;
        var node = path.Aggregate(manifest, (inner, step) => inner is JsonArray list ? list[int.Parse(step, CultureInfo.InvariantCulture)]! : inner[step]!);
        if (node is JsonArray elements)
        {
            elements[0] = null;
        }
        else
        {
            node.Parent![path[^1]] = null;
        }

        await File.WriteAllTextAsync(file, manifest.ToJsonString(), TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(() => ModelPackage.OpenAsync(package.Directory, TestContext.Current.CancellationToken));

        Assert.Contains("the manifest is damaged", refused.Message);
    }

    [Theory]
    [InlineData("../model.onnx")]
    [InlineData("/etc/passwd")]
    [InlineData("a/../b")]
    [InlineData("a//b")]
    [InlineData(".hidden")]
    public async Task Open_PathThatLeavesTheFolder_IsRefused(string path)
    {
        var package = await _packages.SealAsync("audio");
        var manifest = Path.Combine(package.Directory, "manifest.json");
        var text = await File.ReadAllTextAsync(manifest, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(manifest, text.Replace("\"model.onnx\":", $"\"{path}\":"), TestContext.Current.CancellationToken);

        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(() => ModelPackage.OpenAsync(package.Directory, TestContext.Current.CancellationToken));

        Assert.Contains("is refused", refused.Message);
    }
}
