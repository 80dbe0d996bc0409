namespace Aspire.Hosting.ApplicationModel;

/// <summary>The resource does not start with the others; somebody starts it by hand.</summary>
public sealed class ExplicitStartupAnnotation : IResourceAnnotation;
