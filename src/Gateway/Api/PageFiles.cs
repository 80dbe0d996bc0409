using System.Security.Cryptography;

namespace Emotion.Gateway.Api;

/// <summary>One file of the page.</summary>
/// <param name="Path">Below the root, as the browser asks for it: <c>/assets/index-Cq3tZ1.js</c>.</param>
/// <param name="ETag">Of its bytes, with its quotes.</param>
public sealed record PageFile(string Path, string ContentType, byte[] Bytes, string ETag)
{
    /// <summary>Its name changes with its bytes, so it may be kept for ever.</summary>
    public bool IsHashed => Path.StartsWith("/assets/", StringComparison.Ordinal);
}

/// <summary>
/// The page as Vite built it from Page/, beside the gateway's assembly. Read once, so that no path of a request ever names a file; empty
/// where the gateway was built without the page.
/// </summary>
public sealed record PageFiles(IReadOnlyList<PageFile> All)
{
    private static readonly Dictionary<string, string> ContentTypes = new()
    {
        [".html"] = "text/html; charset=utf-8",
        [".js"] = "text/javascript; charset=utf-8",
        [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml",
    };

    public PageFile? Start => All.FirstOrDefault(file => file.Path == "/index.html");

    public static PageFiles Load() => Load(Path.Combine(AppContext.BaseDirectory, "page"));

    public static PageFiles Load(string folder) => new(Directory.Exists(folder)
        ? [.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Read(folder, path)).OfType<PageFile>()]
        : []);

    private static PageFile? Read(string folder, string path)
    {
        if (!ContentTypes.TryGetValue(Path.GetExtension(path), out var contentType))
        {
            return null; // Nothing that the page asks for.
        }

        var bytes = File.ReadAllBytes(path);
        var name = "/" + Path.GetRelativePath(folder, path).Replace(Path.DirectorySeparatorChar, '/');
        return new PageFile(name, contentType, bytes, $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))[..16]}\"");
    }
}
