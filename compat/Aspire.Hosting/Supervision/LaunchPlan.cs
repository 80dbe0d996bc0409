using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Supervision;

/// <summary>A process to be started; environment and further arguments come from the resource's annotations.</summary>
internal sealed record LaunchPlan(string Command, IReadOnlyList<string> Arguments, string WorkingDirectory);

/// <summary>The resource is a process. The plan is made at each start, when ports are known.</summary>
internal sealed record LaunchAnnotation(Func<LaunchPlan> Plan) : IResourceAnnotation;

internal static class DotnetLaunch
{
    public static LaunchPlan Of(IProjectMetadata project)
    {
        var assembly = project switch
        {
            IBuiltProjectMetadata built => built.TargetPath,
            ProjectByPath path => path.FindProgram(),
            _ => throw new DistributedApplicationException($"{project.ProjectPath} was not built with the AppHost: refer to it in AppHost.csproj."),
        };
        if (!File.Exists(assembly))
            throw new DistributedApplicationException($"{assembly} does not exist: build {project.ProjectPath}.");
        return new LaunchPlan(DotnetPath(), ["exec", assembly], Path.GetDirectoryName(project.ProjectPath)!);
    }

    /// <summary>The <c>dotnet</c> that runs this process: shared/Microsoft.NETCore.App/VERSION/ lies three folders below it.</summary>
    private static string DotnetPath() =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
}

/// <summary>A project that others build.</summary>
/// <param name="Output">Where builds put programs, from the project's folder: <c>bin/Release/net10.0</c>.</param>
internal sealed record ProjectByPath(string ProjectPath, string Output) : IProjectMetadata
{
    private const string ProgramMark = ".runtimeconfig.json";

    /// <summary>The assembly, whose name may be the project's with a prefix.</summary>
    public string FindProgram()
    {
        var (folder, name) = (Path.GetFullPath(Output, Path.GetDirectoryName(ProjectPath)!), Path.GetFileNameWithoutExtension(ProjectPath));
        var mark = Directory.Exists(folder)
            ? Directory.EnumerateFiles(folder, "*" + ProgramMark).FirstOrDefault(file => $".{Path.GetFileName(file)}".EndsWith($".{name}{ProgramMark}", StringComparison.Ordinal))
            : null;
        return mark is null
            ? throw new DistributedApplicationException($"{Path.TrimEndingDirectorySeparator(folder)} has no program: build {ProjectPath}, and start it again.")
            : mark[..^ProgramMark.Length] + ".dll";
    }
}
