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
        if (project is not IBuiltProjectMetadata { TargetPath: var assembly })
            throw new DistributedApplicationException($"{project.ProjectPath} was not built with the AppHost: refer to it in AppHost.csproj.");
        if (!File.Exists(assembly))
            throw new DistributedApplicationException($"{assembly} does not exist: build {project.ProjectPath}.");
        return new LaunchPlan(DotnetPath(), ["exec", assembly], Path.GetDirectoryName(project.ProjectPath)!);
    }

    /// <summary>The <c>dotnet</c> that runs this process: shared/Microsoft.NETCore.App/VERSION/ lies three folders below it.</summary>
    private static string DotnetPath() =>
        Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
}
