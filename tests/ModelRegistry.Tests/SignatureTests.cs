using System.Security.Cryptography;
using System.Text;
using Emotion.ModelRegistry.Packages;
using Emotion.ModelRegistry.Signing;
using Emotion.ModelRegistry.Upkeep;

namespace Emotion.ModelRegistry.Tests;

/// <summary>Once a key is configured, only what it signed is used.</summary>
public sealed class SignatureTests(AzuriteFixture azurite) : IDisposable
{
    private readonly TestPackages _packages = new();
    private readonly TestKeys _keys = new();
    private readonly TestKeys _others = new();

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _packages.Dispose();
        _keys.Dispose();
        _others.Dispose();
    }

    [Fact]
    public async Task Read_SignedPackageReleaseAndChannel_AreUsedAndNameTheKey()
    {
        var options = azurite.CreateOptions();
        var package = await PublishAsync(Registry(_keys.Sign(options)));
        var reader = Registry(_keys.Trust(Elsewhere(options)));

        var channel = await reader.ChannelAsync("stable", Cancelled);

        Assert.Equal(_keys.Key.Id, channel!.SignedBy);
        Assert.Equal(package.Version, (await reader.ReleaseAsync("r1", Cancelled)).Models["audio"]);
        Assert.Equal(package.Manifest.Files, (await reader.FetchAsync("audio", package.Version, Cancelled)).Manifest.Files);
        Assert.True(reader.RequiresSignatures);
    }

    [Fact]
    public async Task Read_WhatNobodySigned_IsRefusedOnceAKeyIsConfigured()
    {
        var options = azurite.CreateOptions();
        var package = await PublishAsync(Registry(options));
        var reader = Registry(_keys.Trust(Elsewhere(options)));

        await AssertAllRefusedAsync(reader, package, "is not signed; here only what one of the keys " + _keys.Key.Id);
    }

    [Fact]
    public async Task Read_WhatAnotherKeySigned_IsRefused()
    {
        var options = azurite.CreateOptions();
        var package = await PublishAsync(Registry(_others.Sign(options)));
        var reader = Registry(_keys.Trust(Elsewhere(options)));

        await AssertAllRefusedAsync(reader, package, $"is signed by key {_others.Key.Id}, which is not trusted here");
    }

    [Fact]
    public async Task Channel_CopiedWithItsSignatureToAnotherName_IsRefused()
    {
        var registry = Registry(_keys.Sign(azurite.CreateOptions()));
        await PublishAsync(registry);
        var stable = (await registry.Blobs.ReadAsync("channels/stable.json", Cancelled))!;
        await registry.Blobs.ReplaceAsync("channels/canary.json", stable.Content, stable.Signature, etag: null, Cancelled);

        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(() => registry.ChannelAsync("canary", Cancelled));

        Assert.Contains("signed for another place", refused.Message);
    }

    [Fact]
    public async Task Channel_IsReadableWithoutAnyKey()
    {
        var options = azurite.CreateOptions();
        await PublishAsync(Registry(_keys.Sign(options)));

        var channel = await Registry(Elsewhere(options)).ChannelAsync("stable", Cancelled);

        Assert.Equal(("r1", null), (channel!.Channel.Release, channel.SignedBy));
    }

    [Fact]
    public async Task Publish_WithKeysToReadAndNoneToSign_SaysWhatToSetAndWritesNothing()
    {
        var registry = Registry(_keys.Trust(azurite.CreateOptions()));
        var package = await _packages.SealAsync("audio");

        var refused = await Assert.ThrowsAsync<RegistryKeyException>(() => registry.PublishAsync(package, Cancelled));

        Assert.Contains("set ModelRegistry:SigningKeyFile", refused.Message);
        Assert.Empty(await registry.Packages.UploadsAsync("", Cancelled));
    }

    [Fact]
    public async Task Rotation_SignedAgainByTheNewKey_ReadersMayDropTheOldOne()
    {
        var options = azurite.CreateOptions();
        var package = await PublishAsync(Registry(_keys.Sign(options)));
        var both = Registry(_others.Sign(_keys.Trust(Elsewhere(options))));
        var onlyNew = Registry(_others.Trust(Elsewhere(options)));
        await AssertAllRefusedAsync(onlyNew, package, "is not trusted here");

        var signed = await SignAsync(both, adoptUnsigned: false);
        var again = await SignAsync(both, adoptUnsigned: false);

        Assert.Equal(["version", "release", "channel"], signed.Select(item => item.Kind));
        Assert.All(signed, item => Assert.Equal(_keys.Key.Id, item.Before));
        Assert.Empty(again);
        Assert.Equal(_others.Key.Id, (await onlyNew.ChannelAsync("stable", Cancelled))!.SignedBy);
        Assert.Equal(package.Version, (await onlyNew.ReleaseAsync("r1", Cancelled)).Models["audio"]);
        Assert.NotNull(await onlyNew.FetchAsync("audio", package.Version, Cancelled));
    }

    [Fact]
    public async Task Sign_Unsigned_OnlyOnDemand()
    {
        var options = azurite.CreateOptions();
        var package = await PublishAsync(Registry(options));
        var signer = Registry(_keys.Sign(Elsewhere(options)));

        var refused = await Assert.ThrowsAsync<PackageIntegrityException>(() => SignAsync(signer, adoptUnsigned: false));
        var signed = await SignAsync(signer, adoptUnsigned: true);

        Assert.Contains("is not signed", refused.Message);
        Assert.Equal(3, signed.Count);
        Assert.All(signed, item => Assert.Null(item.Before));
        Assert.NotNull(await signer.FetchAsync("audio", package.Version, Cancelled));
        Assert.Equal(2, (await signer.ChannelAsync("stable", Cancelled))!.Channel.Generation);
    }

    [Fact]
    public void SigningKey_ThatReadersDoNotTrust_IsRefusedAtStart()
    {
        var options = _others.Trust(azurite.CreateOptions());
        options.SigningKeyFile = _keys.PrivateFile;

        var refused = Assert.Throws<RegistryKeyException>(() => Registry(options));

        Assert.Contains($"holds key {_keys.Key.Id}, which ModelRegistry:TrustedKeys does not list ({_others.Key.Id})", refused.Message);
    }

    [Fact]
    public void TrustedKey_PemItsBase64OrItsFile_AreTheSameKey()
    {
        var file = Path.Combine(_packages.Root, "key.pub.pem");
        File.WriteAllText(file, _keys.Key.PublicPem);
        var base64 = string.Concat(_keys.Key.PublicPem.Split('\n').Where(line => !line.StartsWith('-')));

        Assert.All((string[])[_keys.Key.PublicPem, base64, file], text => Assert.Equal(_keys.Key.Id, TrustedKey.Parse(text).Id));
    }

    [Fact]
    public void TrustedKey_FileThatCannotBeReadNow_IsRefusedAsAKey()
    {
        using var held = File.Open(_keys.PrivateFile, FileMode.Open, FileAccess.Read, FileShare.None);

        var refused = Assert.Throws<RegistryKeyException>(() => TrustedKey.Parse(_keys.PrivateFile));

        Assert.IsType<IOException>(refused.InnerException);
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("/nowhere/key.pem")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")]
    public void TrustedKey_ThatIsNone_SaysWhatIsExpected(string text)
    {
        var refused = Assert.Throws<RegistryKeyException>(() => TrustedKey.Parse(text));

        Assert.Contains("neither the PEM of a public key, nor its base64, nor a file with one", refused.Message);
    }

    [Fact]
    public void TrustedKey_OfAnotherCurve_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP384);

        var refused = Assert.Throws<RegistryKeyException>(() => TrustedKey.Parse(key.ExportSubjectPublicKeyInfoPem()));

        Assert.Contains("ECDSA P-256 is needed", refused.Message);
    }

    [Fact]
    public void SigningKeyFile_WithAPublicKey_IsRefusedAtStart()
    {
        var file = Path.Combine(_packages.Root, "key.pub.pem");
        File.WriteAllText(file, _keys.Key.PublicPem);
        var options = azurite.CreateOptions();
        options.SigningKeyFile = file;

        var refused = Assert.Throws<RegistryKeyException>(() => Registry(options));

        Assert.Contains("holds no private key that can be used", refused.Message);
    }

    [Fact]
    public void Signature_WrittenInAnyOtherWay_IsNone()
    {
        // The last base64 digit before the padding carries four bits that mean nothing: 'A' alone is right.
        var signature = new DetachedSignature("0123456789abcdef", new byte[64]).ToString();

        Assert.NotNull(DetachedSignature.Parse(signature));
        Assert.Null(DetachedSignature.Parse(signature[..^3] + "B=="));
        Assert.Null(DetachedSignature.Parse(signature + "\n"));
        Assert.Null(DetachedSignature.Parse(signature.Replace("abcdef", "ABCDEF", StringComparison.Ordinal)));
        Assert.Null(DetachedSignature.Parse(signature.Replace("emotion-1", "emotion-2", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Signature_IsOverSchemePathAndBytes_AsDocumented()
    {
        var registry = Registry(_keys.Sign(azurite.CreateOptions()));
        var package = await PublishAsync(registry);
        var path = $"audio/{package.Version}/manifest.json";
        var line = Encoding.ASCII.GetString((await registry.Blobs.ReadAsync($"audio/{package.Version}/manifest.sig", Cancelled))!.Content).Split(' ');

        using var key = ECDsa.Create();
        key.ImportFromPem(_keys.Key.PublicPem);
        byte[] signed = [.. Encoding.ASCII.GetBytes($"emotion-1 {path}\n"), .. await File.ReadAllBytesAsync(Path.Combine(package.Directory, "manifest.json"), Cancelled)];

        Assert.Equal(["emotion-1", _keys.Key.Id], line[..2]);
        Assert.True(key.VerifyData(signed, Convert.FromBase64String(line[2]), HashAlgorithmName.SHA256));
    }

    private static async Task AssertAllRefusedAsync(Registry reader, ModelPackage package, string reason)
    {
        Func<Task>[] reads =
        [
            () => reader.FetchAsync("audio", package.Version, Cancelled),
            () => reader.ManifestAsync("audio", package.Version, Cancelled),
            () => reader.ReleaseAsync("r1", Cancelled),
            () => reader.ChannelAsync("stable", Cancelled),
        ];
        foreach (var read in reads)
        {
            Assert.Contains(reason, (await Assert.ThrowsAsync<PackageIntegrityException>(read)).Message);
        }
    }

    private async Task<ModelPackage> PublishAsync(Registry registry)
    {
        var package = await _packages.SealAsync("audio");
        await registry.PublishAsync(package, Cancelled);
        await registry.PublishReleaseAsync(TestPackages.Release("r1", package), Cancelled);
        await registry.PromoteAsync("stable", "r1", 1, "ada", "first", Cancelled);
        return package;
    }

    private static async Task<List<SignedItem>> SignAsync(Registry registry, bool adoptUnsigned)
    {
        var signed = new List<SignedItem>();
        await foreach (var item in new RegistrySigner(registry).SignAllAsync("ada", adoptUnsigned, Cancelled))
        {
            signed.Add(item);
        }

        return signed;
    }

    /// <summary>The same registry seen from another machine: no key, no cache of the first.</summary>
    private ModelRegistryOptions Elsewhere(ModelRegistryOptions options) => new()
    {
        ConnectionString = options.ConnectionString,
        Container = options.Container,
        CacheDirectory = Path.Combine(_packages.Root, Guid.NewGuid().ToString("n")),
    };

    private static Registry Registry(ModelRegistryOptions options) => FaultyNetwork.Connect(options, new SocketsHttpHandler());
}
