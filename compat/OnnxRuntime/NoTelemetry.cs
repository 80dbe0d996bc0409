using System;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Microsoft.ML.OnnxRuntime
{
    /// <summary>
    /// The Linux library of 1.29 sends usage events to its maker, keeps them in a database in the user's home and logs to
    /// <c>/tmp/mat-debug-PID.log</c>, unless the environment says no before it is loaded. Nothing of a clip leaves the machine here.
    /// </summary>
    internal static class NoTelemetry
    {
        private const string Variable = "ORT_DISABLE_TELEMETRY";

        // Environment.SetEnvironmentVariable changes a copy that native code does not see.
        [DllImport("libc", EntryPoint = "setenv")]
        private static extern int SetEnvironment(string name, string value, int overwrite);

        [ModuleInitializer]
        internal static void Say()
        {
            if (OperatingSystem.IsLinux())
            {
                SetEnvironment(Variable, "1", 1);
            }
        }
    }
}
