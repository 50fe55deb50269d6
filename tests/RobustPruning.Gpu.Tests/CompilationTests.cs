using System.Reflection;
using ILGPU;
using ILGPU.Backends.EntryPoints;
using ILGPU.Backends.PTX;
using ILGPU.Runtime.CPU;
using ILGPU.Runtime.Cuda;
using RobustPruning.Gpu.Kernels;

namespace RobustPruning.Gpu.Tests;

/// <summary>The kernels become programs of CUDA GPUs, whether or not there is one.</summary>
public sealed class CompilationTests
{
    private static IEnumerable<TestCaseData> Kernels =>
        new[] { typeof(AffineKernels), typeof(JoiningKernels), typeof(RelaxationKernels), typeof(ReductionKernels) }
        .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly))
        .Select(kernel => new TestCaseData(kernel).SetArgDisplayNames($"{kernel.DeclaringType!.Name}.{kernel.Name}"));

    [TestCaseSource(nameof(Kernels))]
    public void KernelsCompileForCudaWithoutApproximations(MethodInfo kernel)
    {
        using var context = Context.Create(builder => builder.CPU());
        using var backend = new PTXBackend(context, new CudaCapabilityContext(CudaArchitecture.SM_80), CudaArchitecture.SM_80,
            CudaInstructionSet.ISA_70, null!);
        var compiled = (PTXCompiledKernel)backend.Compile(EntryPointDescription.FromImplicitlyGroupedKernel(kernel), default);
        Assert.That(compiled.PTXAssembly, Does.Contain(".f64").Or.Contain(".b32"));
        Assert.That(compiled.PTXAssembly, Does.Not.Contain(".approx").And.Not.Contain(".ftz").And.Not.Contain(".f32"));
    }
}
