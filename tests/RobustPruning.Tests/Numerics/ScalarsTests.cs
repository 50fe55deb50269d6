using System.Runtime.CompilerServices;
using RobustPruning.Numerics;

namespace RobustPruning.Tests.Numerics;

public sealed class ScalarsTests
{
    [Test]
    public void AScalarOutlivesACollection()
    {
        var scalar = Make();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.That(scalar.IsAlive, Is.True);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Make() => new(Scalars.Of(0.5));
}
