using Emotion.ModelRegistry.Packages;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.ML.OnnxRuntime;

namespace Emotion.Inference.Sessions;

/// <summary>
/// Makes sessions by <see cref="InferenceOptions"/>: provider, threads, memory; one for each file, however many packages hold it. Finds out once whether
/// CUDA loads.
/// </summary>
public sealed partial class GraphSessionFactory
{
    private readonly InferenceOptions _options;
    private readonly ILogger<GraphSessionFactory> _logger;
    private readonly SharedGraphs _graphs;
    private readonly Lazy<bool> _cuda;

    public GraphSessionFactory(IOptions<InferenceOptions> options, ILogger<GraphSessionFactory> logger)
    {
        _options = options.Value;
        _logger = logger;
        _graphs = new SharedGraphs(_options.ShareGraphs);
        HasSharedThreads = _options.SharedThreads && SharedThreads.TryShare(_options);
        _cuda = new Lazy<bool>(CudaLoads);
    }

    /// <summary>Graphs bring no threads with them: whichever thread builds one, it runs on those of the process.</summary>
    public bool HasSharedThreads { get; }

    /// <summary>Loads the graph of a role, checked against the manifest.</summary>
    /// <exception cref="UnservablePackageException">No such graph, unreadable, or other than its manifest says.</exception>
    public GraphSession Open(ModelPackage package, string role)
    {
        var graph = package.Manifest.Graph(role);
        var path = package.PathOf(graph.File);
        try
        {
            var held = _graphs.Hold(package.Manifest.Files[graph.File], () => Build(path));
            return new GraphSession(held, graph, _cuda.Value ? "cuda" : "cpu");
        }
        catch (OnnxRuntimeException broken)
        {
            throw new UnservablePackageException($"{package.Name}/{package.Version}: '{graph.File}' does not load: {broken.Message}", broken);
        }
    }

    private InferenceSession Build(string path)
    {
        using var options = Configure(_cuda.Value);
        return new InferenceSession(path, options);
    }

    private SessionOptions Configure(bool cuda)
    {
        var spinning = _options.Spinning ? "1" : "0";
        var options = new SessionOptions
        {
            GraphOptimizationLevel = _options.Optimise ? GraphOptimizationLevel.ORT_ENABLE_ALL : GraphOptimizationLevel.ORT_DISABLE_ALL,
            IntraOpNumThreads = _options.IntraOpThreadCount,
            InterOpNumThreads = _options.InterOpThreads,
            ExecutionMode = _options.InterOpThreads > 1 ? ExecutionMode.ORT_PARALLEL : ExecutionMode.ORT_SEQUENTIAL,
            EnableCpuMemArena = _options.MemoryArena,
            // Its warnings are about how a graph was written; what is wrong comes as an exception.
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        try
        {
            if (HasSharedThreads)
            {
                options.DisablePerSessionThreads();
            }

            options.AddSessionConfigEntry("session.intra_op.allow_spinning", spinning);
            options.AddSessionConfigEntry("session.inter_op.allow_spinning", spinning);
            options.AddSessionConfigEntry("session.set_denormal_as_zero", "1");
            if (cuda)
            {
                options.AppendExecutionProvider_CUDA(_options.CudaDevice);
            }

            return options;
        }
        catch
        {
            options.Dispose();
            throw;
        }
    }

    // The list of available providers names CUDA on machines without a GPU too, so the only way to know is to append it.
    private bool CudaLoads()
    {
        if (_options.Provider == "cpu")
        {
            return false;
        }

        // What does not load is said below; the native library would print it, too.
        var environment = OrtEnv.Instance();
        var level = environment.EnvLogLevel;
        environment.EnvLogLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL;
        try
        {
            Configure(cuda: true).Dispose();
            LogCuda(_options.CudaDevice);
            return true;
        }
        catch (Exception missing) when (missing is OnnxRuntimeException or EntryPointNotFoundException)
        {
            if (_options.Provider == "cuda")
            {
                throw new InvalidOperationException(
                    "Inference:Provider is cuda, and CUDA does not load: set it to auto or cpu, or install ONNX Runtime's CUDA provider "
                    + $"and the CUDA libraries that it needs. {missing.Message}", missing);
            }

            LogNoCuda(missing.Message);
            return false;
        }
        finally
        {
            environment.EnvLogLevel = level;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Graphs run on CUDA device {Device}")]
    private partial void LogCuda(int device);

    [LoggerMessage(Level = LogLevel.Information, Message = "Graphs run on the CPU; CUDA does not load: {Reason}")]
    private partial void LogNoCuda(string reason);
}
