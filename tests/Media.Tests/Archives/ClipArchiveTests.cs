using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Emotion.Media.Archives;

namespace Emotion.Media.Tests.Archives;

public sealed class ClipArchiveTests : IDisposable
{
    private const int Link = 0xA1FF << 16;
    private readonly string _root = Directory.CreateTempSubdirectory("archive-tests-").FullName;
    private readonly ClipArchiveOptions _options = new();

    private string Folder => Path.Combine(_root, "unpacked");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task Unpack_FilesInFolders_GivesThemWithoutTheirFolders()
    {
        var zip = Zip(("anna/", ""), ("anna/one.wav", "first"), ("../../two.wav", "second"), ("c:\\clips\\three.wav", "third"), ("/four.wav", "fourth"),
            ("__MACOSX/anna/._one.wav", "litter"), ("anna/.DS_Store", "litter"));

        var files = await new ClipArchive(_options).UnpackAsync(Write(zip), Folder, Token);

        Assert.Equal(["four.wav", "one.wav", "three.wav", "two.wav"], Directory.GetFiles(Folder).Select(Path.GetFileName).Order());
        Assert.Equal(("anna/one.wav", 5L), files.Where(file => file.Name == "one.wav").Select(file => (file.Entry, file.Bytes)).Single());
        Assert.Equal("second", await File.ReadAllTextAsync(Path.Combine(Folder, "two.wav"), Token));
        Assert.Equal([Folder], Directory.GetDirectories(_root));
    }

    public static TheoryData<ArchiveRefusal, string, string> Names => new()
    {
        { ArchiveRefusal.BadName, "a/..", "is no name of a file" },
        { ArchiveRefusal.BadName, "a/nul.wav", "is the name of a device" },
        { ArchiveRefusal.BadName, "COM1", "is the name of a device" },
        { ArchiveRefusal.BadName, "a\tb.wav", "has a character" },
        { ArchiveRefusal.BadName, "a.wav:hidden", "has a character" },
        { ArchiveRefusal.BadName, "a.wav.", "begins or ends" },
        { ArchiveRefusal.BadName, new string('a', 201), "is longer than 200" },
        { ArchiveRefusal.NestedArchive, "more.ZIP", "an archive in the archive" },
        { ArchiveRefusal.NestedArchive, "more.tar.gz", "an archive in the archive" },
        { ArchiveRefusal.DuplicateName, "b/ONE.wav", "'one.wav' and 'b/ONE.wav' have one name" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Unpack_NameThatIsNotTaken_IsRefusedByNameAndLeavesNothing(ArchiveRefusal reason, string name, string said) =>
        await RefusedAsync(reason, Zip(("one.wav", "first"), (name, "second")), said);

    [Theory]
    [InlineData("PK\x03\x04 and so on")]
    [InlineData("7z\u00BC\u00AF\x27\x1C and so on")]
    [InlineData("\x1F\u008B\b and so on")]
    [InlineData("Rar!\x1A\a and so on")]
    public async Task Unpack_ArchiveUnderAnotherName_IsRefused(string start) =>
        await RefusedAsync(ArchiveRefusal.NestedArchive, Zip([("one.wav", Encoding.Latin1.GetBytes(start))]), "'one.wav' is an archive");

    [Fact]
    public async Task Unpack_Tar_IsRefused()
    {
        var tar = new byte[512];
        "ustar"u8.CopyTo(tar.AsSpan(257));

        await RefusedAsync(ArchiveRefusal.NestedArchive, Zip([("one.wav", tar)]), "'one.wav' is an archive");
    }

    [Fact]
    public async Task Unpack_Link_IsRefused() =>
        await RefusedAsync(ArchiveRefusal.NoFile, OnUnix(Zip([("one.wav", "/etc/passwd"u8.ToArray())], Link)), "'one.wav' is a link");

    [Fact]
    public async Task Unpack_EncryptedEntry_IsRefused() =>
        await RefusedAsync(ArchiveRefusal.Encrypted, Record(Zip(("one.wav", "first")), 8, 1), "'one.wav' is encrypted");

    [Fact]
    public async Task Unpack_AnotherCompression_IsRefused() =>
        await RefusedAsync(ArchiveRefusal.UnsupportedCompression, Record(Zip(("one.wav", "first")), 10, 12), "compressed by method 12");

    [Fact]
    public async Task Unpack_MoreEntriesThanAllowed_IsRefusedWhateverTheEndSays()
    {
        _options.MaximumEntries = 3;
        var zip = Zip(("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"));

        await RefusedAsync(ArchiveRefusal.TooManyEntries, zip, "more than 3 entries");
        await RefusedAsync(ArchiveRefusal.TooManyEntries, End(zip, [8, 10], 1), "more than 3 entries");
        _options.MaximumEntries = 4;
        Assert.Equal(4, (await new ClipArchive(_options).UnpackAsync(Write(zip), Folder, Token)).Count);
    }

    [Fact]
    public async Task Unpack_BombThatClaimsToBeSmall_IsRefusedWhileItIsRead()
    {
        var zip = Zip([("fine.wav", [1, 2, 3]), ("bomb.wav", new byte[40_000_000])]);

        await RefusedAsync(ArchiveRefusal.RatioTooHigh, Record(zip, 24, 10, last: true), "'bomb.wav' unpacks to more than 100 times");
    }

    [Fact]
    public async Task Unpack_DullFileOfLittleBytes_IsTakenWhateverItsRatio()
    {
        var zip = Zip([("dull.csv", new byte[_options.UncheckedBytes])]);

        Assert.Equal(_options.UncheckedBytes, Assert.Single(await new ClipArchive(_options).UnpackAsync(Write(zip), Folder, Token)).Bytes);
    }

    [Fact]
    public async Task Unpack_FileBeyondItsLimit_IsRefused()
    {
        _options.MaximumEntryBytes = 999;

        await RefusedAsync(ArchiveRefusal.EntryTooLarge, Zip([("long.wav", Noise(1000))]), "'long.wav' unpacks to more than 999");
    }

    [Fact]
    public async Task Unpack_AllTogetherBeyondTheLimit_IsRefusedWithTheFirstFilesGone()
    {
        _options.MaximumUnpackedBytes = 1999;

        await RefusedAsync(ArchiveRefusal.TooManyUnpackedBytes, Zip([("a.wav", Noise(1000)), ("b.wav", Noise(1000))]), "more than 1999");
    }

    [Fact]
    public async Task Unpack_ArchiveBeyondItsLimit_IsRefused()
    {
        _options.MaximumBytes = 100;

        await RefusedAsync(ArchiveRefusal.TooManyBytes, Zip([("a.wav", Noise(1000))]), "larger than 100");
    }

    [Fact]
    public async Task Unpack_EntriesThatShareTheirBytes_AreRefused()
    {
        var zip = Zip([("a.wav", Noise(1000)), ("b.wav", Noise(1000))]);
        var overlapping = Record(zip, 42, 0, last: true);

        await RefusedAsync(ArchiveRefusal.Damaged, overlapping, "shares its bytes");
    }

    [Fact]
    public async Task Unpack_ContentThatIsNotWhatTheDirectorySays_IsRefused()
    {
        var zip = Zip([("a.wav", Noise(1000))]);

        await RefusedAsync(ArchiveRefusal.Damaged, Record(zip, 16, 0x0BAD), "is not what its directory says");
        await RefusedAsync(ArchiveRefusal.Damaged, Record(zip, 24, 999), "is not what its directory says");
    }

    [Fact]
    public async Task Unpack_WhatIsNoZip_IsRefused()
    {
        await RefusedAsync(ArchiveRefusal.NotAZip, Noise(1000), "no zip");
        await RefusedAsync(ArchiveRefusal.NotAZip, [], "no zip");
        await RefusedAsync(ArchiveRefusal.NotAZip, End(Zip(("a", "1")), [8, 10], ushort.MaxValue), "zip64");
        await RefusedAsync(ArchiveRefusal.NotAZip, End(Zip(("a", "1")), [4], 1), "several parts");
        await RefusedAsync(ArchiveRefusal.Empty, Zip(("folder/", "")), "holds no file");
        await RefusedAsync(ArchiveRefusal.NotAZip, Zip(("a.wav", "first"))[..^4], "no zip");
        await RefusedAsync(ArchiveRefusal.Damaged, Zip(("a.wav", "first"))[10..], "not where it says");
    }

    [Fact]
    public async Task Unpack_IntoAFolderThatIsThere_TouchesNothingInIt()
    {
        Directory.CreateDirectory(Folder);
        await File.WriteAllTextAsync(Path.Combine(Folder, "kept"), "", Token);

        await Assert.ThrowsAsync<IOException>(() => new ClipArchive(_options).UnpackAsync(Write(Zip(("a", "1"))), Folder, Token));

        Assert.True(File.Exists(Path.Combine(Folder, "kept")));
    }

    [Fact]
    public async Task Unpack_Cancelled_LeavesNothing()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => new ClipArchive(_options).UnpackAsync(Write(Zip(("a", "1"))), Folder, new CancellationToken(canceled: true)));

        Assert.False(Path.Exists(Folder));
    }

    private async Task RefusedAsync(ArchiveRefusal reason, byte[] zip, string said)
    {
        var refused = await Assert.ThrowsAsync<ArchiveRefusedException>(() => new ClipArchive(_options).UnpackAsync(Write(zip), Folder, Token));

        Assert.Equal(reason, refused.Reason);
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(_root, refused.Message, StringComparison.Ordinal);
        Assert.False(Path.Exists(Folder));
    }

    private string Write(byte[] zip)
    {
        var path = Path.Combine(_root, "clips.zip");
        File.WriteAllBytes(path, zip);
        return path;
    }

    private static byte[] Zip(params (string Name, string Content)[] entries) =>
        Zip([.. entries.Select(entry => (entry.Name, Encoding.UTF8.GetBytes(entry.Content)))]);

    private static byte[] Zip((string Name, byte[] Content)[] entries, int attributes = 0)
    {
        var stream = new MemoryStream();
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, content) in entries)
            {
                var entry = archive.CreateEntry(name);
                entry.ExternalAttributes = attributes;
                using var target = entry.Open();
                target.Write(content);
            }
        }

        return stream.ToArray();
    }

    private static byte[] Noise(int bytes)
    {
        var noise = new byte[bytes];
        new Random(bytes).NextBytes(noise);
        return noise;
    }

    // The first record of the directory, or the last, with another number: 2 bytes at 8 and 10, else 4.
    private static byte[] Record(byte[] zip, int at, uint value, bool last = false)
    {
        var forged = zip.ToArray();
        var signature = "PK\x01\x02"u8;
        var record = forged.AsSpan(last ? forged.AsSpan().LastIndexOf(signature) : forged.AsSpan().IndexOf(signature));
        if (at is 8 or 10)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(record[at..], (ushort)value);
        }
        else
        {
            BinaryPrimitives.WriteUInt32LittleEndian(record[at..], value);
        }

        return forged;
    }

    private static byte[] OnUnix(byte[] zip)
    {
        var forged = zip.ToArray();
        forged[forged.AsSpan().IndexOf("PK\x01\x02"u8) + 5] = 3;
        return forged;
    }

    private static byte[] End(byte[] zip, int[] places, int value)
    {
        var forged = zip.ToArray();
        foreach (var place in places)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(forged.AsSpan(forged.Length - 22 + place), (ushort)value);
        }

        return forged;
    }
}
