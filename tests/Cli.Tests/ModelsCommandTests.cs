using System.Text.Json;
using System.Text.Json.Nodes;
using Emotion.ModelRegistry;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Releases;
using Emotion.ModelRegistry.Tests;

namespace Emotion.Cli.Tests;

/// <summary>The registry's verbs against the real blob emulator: text, JSON and exit statuses.</summary>
public sealed class ModelsCommandTests(AzuriteFixture azurite) : IDisposable
{
    private readonly TestPackages _packages = new();
    private readonly Dictionary<string, string> _environment = new()
    {
        ["ConnectionStrings__models"] = azurite.ConnectionString,
        ["ModelRegistry__Container"] = "t" + Guid.NewGuid().ToString("n"),
        ["ModelRegistry__MaxRetries"] = "0",
    };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose() => _packages.Dispose();

    [Fact]
    public async Task Models_FromPublishToRollback_SayWhatTheyDidAndKeepTheHistory()
    {
        var (good, better) = (await ReleaseFolderAsync("r1", 0.80), await ReleaseFolderAsync("r2", 0.81));
        var (empty, nothing, _) = await RunAsync("models", "list");

        var (published, output, _) = await RunAsync("models", "publish", good.Folder, "--untried");
        var (again, repeated, _) = await RunAsync("models", "publish", good.Folder, "--untried");
        await PublishAsync(better.Folder);
        var (promoted, moved, _) = await RunAsync("models", "promote", "r1", "--why", "the first one", "--who", "ada");
        var (canary, shared, _) = await RunAsync("models", "promote", "r2", "--channel", "canary", "--share", "10", "--why", "a try", "--who", "ada");
        await RunAsync("models", "promote", "r2", "--why", "it did well", "--who", "ada");
        var (rolledBack, back, _) = await RunAsync("models", "rollback", "--why", "complaints", "--who", "bob");
        var (_, history, _) = await RunAsync("models", "show", "stable");
        var (_, list, _) = await RunAsync("models", "list");

        Assert.Equal((0, 0, 0, 0, 0, 0), (empty, published, again, promoted, canary, rolledBack));
        Assert.Contains("Nothing is published.", nothing);
        Assert.Contains($"audio/{good.Version}: published", output);
        Assert.Contains("release r1: published. 'models promote r1 --why REASON' serves it.", output);
        Assert.Contains($"audio/{good.Version}: was there already", repeated);
        Assert.Contains("stable is r1, share 100%, generation 1", moved);
        Assert.Contains("canary is r2, share 10%, generation 1", shared);
        Assert.Contains("stable is r1, share 100%, generation 3", back);
        Assert.Matches(@"bob +back to r1 100% +complaints", history);
        Assert.Matches(@"ada +r2 100% +it did well", history);
        Assert.Matches($@"audio +{better.Version} +\d+\.\d +test\.uar 81\.0 +yes +r2", list);
        Assert.Matches(@"canary +r2 +10% +1 ", list);
    }

    [Fact]
    public async Task Models_Json_IsReadableByScripts()
    {
        var (folder, version) = await ReleaseFolderAsync("r1", 0.80);
        var published = await JsonAsync("publish", folder, "--untried");
        var promoted = await JsonAsync("promote", "r1", "--why", "first");
        var list = await JsonAsync("list");
        var shown = await JsonAsync("show", $"audio/{version}");
        var release = await JsonAsync("show", "r1");
        var channel = await JsonAsync("show", "stable");
        var verified = await JsonAsync("verify");
        var pruned = await JsonAsync("prune", "--older-than-days", "0", "--keep", "0");

        Assert.Equal(("r1", true), ((string?)published["release"]!["name"], (bool)published["versions"]![0]!["isNew"]!));
        Assert.Equal(1, (int)promoted["generation"]!);
        Assert.Equal(version, (string?)list["versions"]![0]!["version"]);
        Assert.Equal(0.8, (double)list["versions"]![0]!["headlines"]![0]!["value"]!);
        Assert.Equal("MIT", (string?)shown["license"]!["id"]);
        Assert.Equal(version, (string?)release["models"]!["audio"]);
        Assert.Equal("first", (string?)channel["history"]![0]!["why"]);
        Assert.Equal(3, verified.AsArray().Count);
        Assert.Equal((false, 0), ((bool)pruned["deleted"]!, pruned["items"]!.AsArray().Count));
    }

    [Fact]
    public async Task ListAndShow_CanaryThatAGatewayRolledBack_TellWhoAndWhy()
    {
        await PublishAsync((await ReleaseFolderAsync("r1", 0.80)).Folder);
        await RunAsync("models", "promote", "r1", "--channel", "canary", "--share", "2.5", "--why", "a try", "--who", "ada");
        var registry = azurite.CreateRegistry(configure: options => options.Container = _environment["ModelRegistry__Container"]);
        var (_, before, _) = await RunAsync("models", "list");
        await registry.HaltAsync(new ChannelHalt("canary", 1, "errors", "gateway web-1", "errors: half of it fails"), Cancelled);

        var (_, list, _) = await RunAsync("models", "list");
        var (_, shown, _) = await RunAsync("models", "show", "canary");
        var channel = await JsonAsync("show", "canary");
        await RunAsync("models", "promote", "r1", "--channel", "canary", "--share", "0", "--why", "enough", "--who", "ada");
        var (_, still, _) = await RunAsync("models", "list");

        Assert.Matches(@"canary +r1 +2\.5% +1 +\S+ \S+ +on", before);
        Assert.Matches(@"canary +r1 +0% +2 +\S+ \S+ +rolled back: errors", list);
        Assert.Contains("canary was rolled back by gateway web-1: errors: half of it fails", list);
        Assert.Contains("canary: r1, share 0%, generation 2, rolled back: errors", shown);
        Assert.Equal(("errors", "errors: half of it fails"), ((string?)channel["history"]![1]!["haltedBy"], (string?)channel["history"]![1]!["why"]));
        Assert.Matches(@"canary +r1 +0% +3 +\S+ \S+ +rolled back: errors", still);
    }

    [Fact]
    public async Task Show_Version_TellsMetricsLicenceLineageLabelsAndFiles()
    {
        var (folder, version) = await ReleaseFolderAsync("r1", 0.80);
        await PublishAsync(folder);

        var (status, output, _) = await RunAsync("models", "show", $"audio/{version}");

        Assert.Equal(0, status);
        Assert.Matches(@"headline +test\.uar 80\.0 % \(test actors, n 240\)", output);
        Assert.Matches(@"licence +MIT; commercial use allowed", output);
        Assert.Matches(@"trained from +nothing", output);
        Assert.Contains("(calm: not covered)", output);
        Assert.Matches("file +model.onnx [0-9a-f]{64}", output);
    }

    [Fact]
    public async Task Promote_WorseRelease_Is3AndSaysHowToOverrule_ForceRecordsIt()
    {
        await PublishAsync((await ReleaseFolderAsync("r1", 0.80)).Folder);
        await PublishAsync((await ReleaseFolderAsync("r2", 0.70)).Folder);
        await RunAsync("models", "promote", "r1", "--why", "first");

        var (status, output, error) = await RunAsync("models", "promote", "r2", "--why", "faster");
        var (canary, _, comparedWithStable) = await RunAsync("models", "promote", "r2", "--channel", "canary", "--share", "1", "--why", "a try");
        var (forced, overruled, _) = await RunAsync("models", "promote", "r2", "--why", "faster", "--force", "--who", "ada");
        var (_, history, _) = await RunAsync("models", "show", "stable", "--json");

        Assert.Equal((3, 3, 0), (status, canary, forced));
        Assert.Empty(output);
        Assert.Contains("test.uar falls from 80.0 to 70.0", comparedWithStable);
        Assert.Contains("test.uar falls from 80.0 to 70.0, by 10.0 points; 1.0 are allowed.", error);
        Assert.Contains("--force --why REASON overrules this", error);
        Assert.Contains("Overruled: audio/", overruled);
        var change = JsonNode.Parse(history)!["history"]![1]!;
        Assert.Equal(("ada", "faster"), ((string?)change["who"], (string?)change["why"]));
        Assert.Contains("falls from 80.0 to 70.0", (string?)change["overruled"]![0]);
    }

    [Fact]
    public async Task Promote_WiderMargin_LetsItPassAndALicenceThatIsNotAllowedDoesNot()
    {
        await PublishAsync((await ReleaseFolderAsync("r1", 0.80)).Folder);
        await PublishAsync((await ReleaseFolderAsync("r2", 0.77, "research only")).Folder);
        await RunAsync("models", "promote", "r1", "--why", "first");

        var (wide, _, _) = await RunAsync("models", "promote", "r2", "--why", "faster", "--margin", "5");
        _environment["Models__RequireCommercialUse"] = "true";
        var (licence, _, error) = await RunAsync("models", "promote", "r2", "--channel", "canary", "--share", "1", "--why", "faster");

        Assert.Equal((0, 3), (wide, licence));
        Assert.Contains("is licensed 'research only', and Models:RequireCommercialUse is set.", error);
    }

    [Fact]
    public async Task Models_SignedRegistry_RefusesWhatIsUnsignedAndVerifyNamesTheKey()
    {
        var keys = Path.Combine(_packages.Root, "keys");
        var made = await JsonAsync("keygen", "--out", keys);
        var (folder, version) = await ReleaseFolderAsync("r1", 0.80);
        await PublishAsync(folder);
        _environment["ModelRegistry__TrustedKeys__0"] = (string)made["publicKey"]!;
        var (unsigned, _, refused) = await RunAsync("models", "show", "r1");
        var (keyless, _, needed) = await RunAsync("models", "promote", "r1", "--why", "first");
        _environment["ModelRegistry__SigningKeyFile"] = (string)made["privateFile"]!;
        var (signed, adopted, _) = await RunAsync("models", "sign", "--adopt-unsigned");
        var (promoted, _, _) = await RunAsync("models", "promote", "r1", "--why", "first");
        var (verified, table, _) = await RunAsync("models", "verify");

        Assert.Equal((3, 3, 0, 0, 0), (unsigned, keyless, signed, promoted, verified));
        Assert.Contains("'releases/r1.json' is not signed", refused);
        Assert.Contains("is not signed", needed);
        Assert.Contains($"signed version audio/{version} (was unsigned)", adopted);
        Assert.Matches($@"channel +stable +{made["id"]} +good", table);
        Assert.Contains("3 looked at, all good.", table);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode((string)made["privateFile"]!));
        }
    }

    [Fact]
    public async Task Publish_Package_TwiceIs4()
    {
        var package = await _packages.SealAsync("audio");

        var (first, _, _) = await RunAsync("models", "publish", package.Directory, "--untried");
        var (second, _, error) = await RunAsync("models", "publish", package.Directory, "--untried");

        Assert.Equal((0, 4), (first, second));
        Assert.Contains($"Conflict: audio/{package.Version} is published already", error);
    }

    [Fact]
    public async Task Publish_AlteredPackage_Is3()
    {
        var package = await _packages.SealAsync("audio");
        await File.AppendAllTextAsync(package.PathOf("model.onnx"), "x", Cancelled);

        var (status, _, error) = await RunAsync("models", "publish", package.Directory);

        Assert.Equal(3, status);
        Assert.Contains("'model.onnx' is not what the manifest says", error);
    }

    [Fact]
    public async Task Publish_PackageThatNoServiceCouldServe_Is3AndUploadsNothing()
    {
        var (folder, version) = await ReleaseFolderAsync("r1", 0.80);

        var (status, _, error) = await RunAsync("models", "publish", folder);
        var (_, list, _) = await RunAsync("models", "list");

        Assert.Equal(3, status);
        Assert.StartsWith($"Refused: audio/{version}", error);
        Assert.Contains("Nothing is published.", list);
    }

    /// <summary>The smallest of the shipped packages; then the same with one number of its golden example changed, and hashes that fit.</summary>
    [Fact]
    public async Task Publish_ShippedPackage_IsTriedAndItsGoldenExampleMustComeOut()
    {
        var shipped = Directory.GetDirectories(Path.Combine(CommandLine.RepositoryRoot, "models", "fusion")).Single();
        var altered = Directory.CreateDirectory(Path.Combine(_packages.Root, "altered")).FullName;
        foreach (var file in Directory.GetFiles(shipped))
        {
            File.Copy(file, Path.Combine(altered, Path.GetFileName(file)));
        }

        var golden = Path.Combine(altered, "golden.json");
        var example = JsonNode.Parse(await File.ReadAllTextAsync(golden, Cancelled))!;
        var output = example["expected"]!.AsObject().First();
        output.Value!["sample"]![0] = (float)output.Value!["sample"]![0]! + 0.5f;
        await File.WriteAllTextAsync(golden, example.ToJsonString(), Cancelled);
        var manifest = (await ModelPackage.OpenAsync(shipped, Cancelled)).Manifest;
        await ModelPackage.SealAsync(altered, manifest, TimeProvider.System, Cancelled);

        var (good, published, _) = await RunAsync("models", "publish", shipped);
        var (bad, _, error) = await RunAsync("models", "publish", altered);

        Assert.Equal((0, 3), (good, bad));
        Assert.Contains($"fusion/{manifest.Version}: published", published);
        Assert.Matches($"^Refused: fusion/.*: golden example, {output.Key}: number 0 is ", error);
    }

    [Fact]
    public async Task Prune_DryRunThenYes_DeletesOnlyThen()
    {
        var package = await _packages.SealAsync("audio");
        await RunAsync("models", "publish", package.Directory, "--untried");
        string[] prune = ["models", "prune", "--older-than-days", "0", "--keep", "0"];

        var (dry, would, _) = await RunAsync(prune);
        var (_, still, _) = await RunAsync("models", "list");
        var (wet, did, _) = await RunAsync([.. prune, "--yes"]);
        var (_, gone, _) = await RunAsync("models", "list");

        Assert.Equal((0, 0), (dry, wet));
        Assert.Contains($"would delete version audio/{package.Version}", would);
        Assert.Contains("Nothing was deleted: --yes does.", would);
        Assert.Contains(package.Version, still);
        Assert.Contains($"deleted version audio/{package.Version}", did);
        Assert.Contains("Nothing is published.", gone);
    }

    [Theory]
    [InlineData("no release 'r9'", "show", "r9")]
    [InlineData("'r9' is not in the registry", "promote", "r9", "--why", "x")]
    [InlineData("Nothing was ever promoted", "rollback", "--why", "x")]
    [InlineData("audio/20200101-0000-00000000 is not in the registry", "verify", "audio/20200101-0000-00000000")]
    [InlineData("NAME/VERSION is expected", "verify", "audio")]
    [InlineData("release.json' is missing", "publish", "/nowhere")]
    [InlineData("'--why' is required", "promote", "r1")]
    [InlineData("no channel name", "promote", "r1", "--why", "x", "--channel", "NO", "--share", "1")]
    [InlineData("--share is needed for channel 'canary'", "promote", "r1", "--why", "x", "--channel", "canary")]
    [InlineData("0 to 100 %", "promote", "r1", "--why", "x", "--channel", "canary", "--share", "200")]
    [InlineData("its share is 1", "promote", "r1", "--why", "x", "--share", "50")]
    [InlineData("SigningKeyFile", "sign")]
    [InlineData("--keep -1", "prune", "--keep", "-1")]
    public async Task Models_WhatCannotBe_Is2AndSaysWhy(string reason, params string[] arguments)
    {
        var (folder, _) = await ReleaseFolderAsync("r1", 0.80);
        await PublishAsync(folder);

        var (status, _, error) = await RunAsync(["models", .. arguments]);

        Assert.Equal(2, status);
        Assert.Contains(reason, error);
    }

    [Theory]
    [InlineData("UseDevelopment", 2, "neither a connection string nor https://")]
    [InlineData("http://127.0.0.1:1/account", 2, "only sent over https")]
    [InlineData("DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;BlobEndpoint=http://127.0.0.1:1/a;", 1, "does not answer")]
    public async Task Models_RegistryThatIsNone_SaysWhatIsWrong(string connection, int expected, string reason)
    {
        _environment["ConnectionStrings__models"] = connection;

        var (status, _, error) = await RunAsync("models", "list");

        Assert.Equal(expected, status);
        Assert.Contains(reason, error);
        Assert.DoesNotContain("   at ", error);
    }

    [Fact]
    public async Task Models_AddressAlone_AsksForThisProcesssIdentity()
    {
        _environment["ConnectionStrings__models"] = "https://127.0.0.1:1";
        _environment["AZURE_TOKEN_CREDENTIALS"] = "EnvironmentCredential";

        var (status, _, error) = await RunAsync("models", "list");

        Assert.Equal(1, status);
        Assert.Contains("EnvironmentCredential authentication unavailable", error);
    }

    [Theory]
    [InlineData("Models__RequireCommercialUse", "yes", "RequireCommercialUse")]
    [InlineData("ModelRegistry__MaxRetries", "many", "MaxRetries")]
    [InlineData("ModelRegistry__TrustedKeys", "MFkwEwYHKoZIzj0C", "ModelRegistry__TrustedKeys__0")]
    public async Task Models_OptionThatCannotBeRead_Is2AndNamesIt(string name, string value, string reason)
    {
        await PublishAsync((await ReleaseFolderAsync("r1", 0.80)).Folder);
        _environment[name] = value;

        var (status, output, error) = await RunAsync("models", "promote", "r1", "--why", "first");

        Assert.Equal((2, ""), (status, output));
        Assert.Contains(reason, error);
        Assert.DoesNotContain("   at ", error);
    }

    [Fact]
    public async Task Models_BlobWithANameThatIsNone_StopsNothingAndVerifyTellsIt()
    {
        await PublishAsync((await ReleaseFolderAsync("r1", 0.80)).Folder);
        var registry = azurite.CreateRegistry(configure: options => options.Container = _environment["ModelRegistry__Container"]);
        await registry.Blobs.CreateAsync("releases/Bad [name].json", [1], Cancelled);
        await registry.Blobs.CreateAsync("channels/NO.json", [1], Cancelled);

        var (listed, list, _) = await RunAsync("models", "list");
        var (pruned, _, error) = await RunAsync("models", "prune", "--yes", "--releases");
        var (verified, found, _) = await RunAsync("models", "verify", "--json");

        Assert.True((listed, pruned) == (0, 0), error);
        Assert.DoesNotContain("Bad", list);
        Assert.Equal(3, verified);
        Assert.Contains("'releases/Bad [name].json' has no name", found);
        Assert.Contains("'channels/NO.json' has no name", found);
    }

    [Theory]
    [InlineData("list", "--json")]
    [InlineData("show", "NAME")]
    [InlineData("publish", "FOLDER", "--untried")]
    [InlineData("promote", "--channel", "--share", "--why", "--force", "--margin", "--past-generation")]
    [InlineData("rollback", "--channel", "--why")]
    [InlineData("verify", "VERSION")]
    [InlineData("prune", "--yes", "--keep", "--older-than-days", "--history", "--releases")]
    [InlineData("sign", "--adopt-unsigned")]
    [InlineData("keygen", "--out")]
    public async Task Help_OfEachVerb_NamesWhatItTakes(string verb, params string[] options)
    {
        var (status, output, _) = await RunAsync("models", verb, "--help");

        Assert.Equal(0, status);
        Assert.All(options, option => Assert.Contains(option, output));
    }

    /// <summary>What <c>models publish</c> does, without a process of its own.</summary>
    private Task PublishAsync(string folder) =>
        new ReleasePublisher(azurite.CreateRegistry(configure: options => options.Container = _environment["ModelRegistry__Container"]))
            .PublishReleaseAsync(folder, ReleasePublisher.Untried, Cancelled);

    private async Task<JsonNode> JsonAsync(params string[] arguments)
    {
        var (status, output, error) = await RunAsync(["models", .. arguments, "--json"]);
        Assert.True(status == 0, error);
        return JsonNode.Parse(output)!;
    }

    private Task<(int Status, string Output, string Error)> RunAsync(params string[] arguments)
    {
        _environment["ModelRegistry__CacheDirectory"] = Path.Combine(_packages.Root, "cache");
        return CommandLine.RunAsync(_environment, arguments);
    }

    /// <summary>release.json and the one package that it names.</summary>
    private async Task<(string Folder, string Version)> ReleaseFolderAsync(string release, double uar, string? researchLicense = null)
    {
        var draft = TestPackages.Draft("audio") with
        {
            Metrics = new JsonObject { ["test"] = new JsonObject { ["set"] = "test actors", ["n"] = 240, ["uar"] = uar } },
        };
        var package = await _packages.SealAsync(
            researchLicense is null ? draft : draft with { License = new LicenseManifest(researchLicense, false, "") }, release);
        var folder = Path.Combine(_packages.Root, release);
        Directory.CreateDirectory(Path.Combine(folder, "audio"));
        Directory.Move(package.Directory, Path.Combine(folder, "audio", package.Version));
        await File.WriteAllBytesAsync(
            Path.Combine(folder, "release.json"), JsonSerializer.SerializeToUtf8Bytes(TestPackages.Release(release, package), RegistryJson.Options), Cancelled);
        return (folder, package.Version);
    }
}
