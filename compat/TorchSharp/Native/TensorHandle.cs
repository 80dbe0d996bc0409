using System.Runtime.InteropServices;

namespace TorchSharp.Native;

/// <summary>
/// Owns one native tensor. A SafeHandle, because the runtime then keeps the tensor alive during a native call even when the
/// managed object is not used any more, and releases it when somebody forgot to.
/// </summary>
internal sealed class TensorHandle : SafeHandle
{
    /// <summary>Passed where an argument is optional.</summary>
    public static readonly TensorHandle None = new();

    public TensorHandle() : base(0, ownsHandle: true)
    {
    }

    public TensorHandle(nint native) : this() => SetHandle(native);

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMethods.et_dispose(handle);
        return true;
    }
}
