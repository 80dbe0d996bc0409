namespace Aspire.Hosting;

/// <summary>What the description of the application is used for.</summary>
public enum DistributedApplicationOperation
{
    /// <summary>To run it here.</summary>
    Run = 0,

    /// <summary>To write deployment files.</summary>
    Publish = 1,
}

/// <summary>What the description of the application is used for.</summary>
public class DistributedApplicationExecutionContext(DistributedApplicationOperation operation)
{
    /// <summary>What the description is used for.</summary>
    public DistributedApplicationOperation Operation { get; } = operation;

    /// <summary>True when deployment files are written.</summary>
    public bool IsPublishMode => Operation == DistributedApplicationOperation.Publish;

    /// <summary>True when the application runs.</summary>
    public bool IsRunMode => Operation == DistributedApplicationOperation.Run;
}

/// <summary>Something is wrong with the application that is described; the message says what to do.</summary>
public class DistributedApplicationException(string message) : Exception(message);
