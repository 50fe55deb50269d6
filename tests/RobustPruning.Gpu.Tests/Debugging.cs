using System.Diagnostics;
namespace RobustPruning.Gpu.Tests;
[SetUpFixture] public sealed class Debugging { [OneTimeSetUp] public void Set() { Trace.Listeners.Clear(); Trace.Listeners.Add(new L()); }
  private sealed class L : TraceListener { public override void Fail(string? m, string? d) { File.AppendAllText("/tmp/fail.txt", m + Environment.StackTrace + "\n"); Environment.Exit(3); }  public override void Fail(string? m) => Fail(m, null); public override void Write(string? m) {} public override void WriteLine(string? m) {} } }
