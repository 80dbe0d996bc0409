namespace TorchSharp;

/// <summary>
/// Disposes every tensor that its thread made since it was opened and that nobody moved out or detached. Scopes nest; open one
/// per batch.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    [ThreadStatic]
    private static DisposeScope? _current;

    private readonly DisposeScope? _outer;
    private readonly HashSet<torch.Tensor> _tensors = new(ReferenceEqualityComparer.Instance);

    internal DisposeScope() => (_outer, _current) = (_current, this);

    internal static DisposeScope? Current => _current;

    public int DisposablesCount => _tensors.Count;

    internal void Include(torch.Tensor tensor)
    {
        _tensors.Add(tensor);
        tensor.Scope = this;
    }

    internal void Forget(torch.Tensor tensor)
    {
        _tensors.Remove(tensor);
        tensor.Scope = null;
    }

    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        if (disposable is torch.Tensor tensor && _tensors.Contains(tensor))
        {
            Forget(tensor);
            _outer?.Include(tensor);
        }

        return disposable;
    }

    public T Detach<T>(T disposable) where T : IDisposable
    {
        if (disposable is torch.Tensor tensor && _tensors.Contains(tensor))
        {
            Forget(tensor);
        }

        return disposable;
    }

    public void Dispose()
    {
        if (_current != this)
        {
            throw new InvalidOperationException("Dispose scopes end in the reverse order of their opening, on the thread that opened them.");
        }

        _current = _outer;
        foreach (var tensor in _tensors.ToArray())
        {
            tensor.Dispose();
        }
    }
}

public static class TensorExtensionMethods
{
    public static torch.Tensor MoveToOuterDisposeScope(this torch.Tensor tensor)
    {
        tensor.Scope?.MoveToOuter(tensor);
        return tensor;
    }

    public static torch.Tensor DetachFromDisposeScope(this torch.Tensor tensor)
    {
        tensor.Scope?.Detach(tensor);
        return tensor;
    }
}

public static partial class torch
{
    public static DisposeScope NewDisposeScope() => new();
}
