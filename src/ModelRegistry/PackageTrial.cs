using Emotion.ModelRegistry.Packages;

namespace Emotion.ModelRegistry;

/// <summary>
/// What a package has to pass before it is uploaded. The registry knows no ML framework, so whoever publishes says how it is tried; a
/// package that fails is told by an exception, and nothing of its set is uploaded.
/// </summary>
public delegate Task PackageTrial(ModelPackage package, CancellationToken cancellationToken);
