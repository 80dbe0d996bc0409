using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>Finds the native shim at run time, so that whoever only builds needs neither libtorch nor a compiler.</summary>
internal static partial class NativeLoader
{
    public const string Library = "EmotionTorch";

    private const string FileName = "libEmotionTorch.so";
    private const string BuildFolder = "compat/TorchSharp/native/build";

#pragma warning disable CA2255 // The resolver must be in place before the first import, whichever that is.
    [ModuleInitializer]
    internal static void Register() => NativeLibrary.SetDllImportResolver(typeof(NativeLoader).Assembly, Resolve);
#pragma warning restore CA2255

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path)
    {
        if (name != Library)
        {
            return 0;
        }

        // OpenMP's waiting threads spin unless told otherwise, which ruins every other process on a small machine. It reads
        // the C environment when it is loaded, which Environment.SetEnvironmentVariable does not reach. The caller's own choice stays.
        _ = SetEnvironment("OMP_WAIT_POLICY", "PASSIVE", 0);

        var file = Candidates().FirstOrDefault(File.Exists) ?? throw new DllNotFoundException(
            $"{FileName} is not built. Run {BuildFolder[..^"/build".Length]}/build.sh (Debian: apt-get install -y g++ libtorch-dev), "
            + "or name the file in EMOTION_TORCH_LIBRARY.");
        return NativeLibrary.Load(file);
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable("EMOTION_TORCH_LIBRARY") is { Length: > 0 } chosen)
        {
            yield return chosen;
        }

        yield return Path.Combine(AppContext.BaseDirectory, FileName);
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            yield return Path.Combine(folder.FullName, BuildFolder, FileName);
        }
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnvironment(string name, string value, int overwrite);
}
