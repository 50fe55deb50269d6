using System.Collections.Concurrent;
using ILGPU.Runtime;
using RobustPruning.Bounds;

namespace RobustPruning.Gpu;

/// <summary>
/// The engine on a device: box after box of a call on one stream; calls of several threads have streams of their own, and their kernels
/// run side by side. Where two boxes find no room together, one waits for the other. Owned by its device.
/// </summary>
internal sealed class GpuEngine(string name, Accelerator accelerator, KernelCache kernels, DeviceMemory memory)
    : IPropagationEngine, IDisposable
{
    // Of the plans whose weights stay on the device.
    private const int MostPlans = 4;

    private readonly ConcurrentBag<DeviceSession> _sessions = [];
    private readonly ReaderWriterLockSlim _alone = new();
    private readonly Dictionary<PropagationPlan, (DeviceSession Session, DevicePlan Plan)> _plans = new(ReferenceEqualityComparer.Instance);
    private readonly Lock _gate = new();
    private bool _isClosed;

    public string Name => name;

    /// <summary>The bytes that are taken on the device.</summary>
    public long MemoryUsed => memory.Used;

    public IReadOnlyList<BoxBounds>? Bound(PropagationPlan plan, ImageBoxes images, BoundRequest request, Func<bool> stop)
    {
        Require(plan, images);
        var found = new List<BoxBounds>();
        for (var box = 0; box < images.Count; box++)
        {
            if (stop())
                return null;
            try
            {
                if (Bound(plan, images, box, request, stop) is not { } bounds)
                    return null;
                found.Add(bounds);
            }
            catch (AcceleratorException error)
            {
                throw new ComputeDeviceException(name, $"it failed: {error.Message}", error);
            }
        }

        return found;
    }

    /// <summary>Frees all memory; no call may be running.</summary>
    public void Dispose()
    {
        _isClosed = true;
        Trim();
        Forget(_plans.Keys);
        _alone.Dispose();
    }

    /// <summary>What is needed in any case: the weights, and the two largest values that meet.</summary>
    private void Require(PropagationPlan plan, ImageBoxes images)
    {
        ObjectDisposedException.ThrowIf(_isClosed, this);
        var rows = images.Count == 0 ? 1 : 3 + (images.Generators[0].LongLength / Math.Max(1, images.Centres[0].Length));
        var values = plan.Steps.Max(step => step.Inputs.Sum(input => (long)plan.Steps[input].Map.Size) + step.Map.Size);
        var needed = DevicePlan.Bytes(plan) + (8 * rows * values);
        if (needed > memory.Limit)
            throw TooLittle(needed, "its weights and its largest values", null);
    }

    private BoxBounds? Bound(PropagationPlan plan, ImageBoxes images, int box, BoundRequest request, Func<bool> stop)
    {
        _alone.EnterReadLock();
        try
        {
            return Attempt(plan, images, box, request, stop, out _);
        }
        catch (DeviceMemoryException)
        {
            // Others may have had the memory: once more, alone.
        }
        finally
        {
            _alone.ExitReadLock();
        }

        _alone.EnterWriteLock();
        PlanStep? step = null;
        try
        {
            Trim();
            lock (_gate)
                Forget(_plans.Keys.Where(other => other != plan));
            return Attempt(plan, images, box, request, stop, out step);
        }
        catch (DeviceMemoryException error)
        {
            throw TooLittle(error.Needed, step is null ? "its weights" : $"the noise symbols of one box at '{step.Name}'", error);
        }
        finally
        {
            _alone.ExitWriteLock();
        }
    }

    private BoxBounds? Attempt(PropagationPlan plan, ImageBoxes images, int box, BoundRequest request, Func<bool> stop, out PlanStep? step)
    {
        step = null;
        var onDevice = Take(plan);
        try
        {
            if (!_sessions.TryTake(out var session))
                session = new DeviceSession(accelerator, kernels, memory);
            var propagation = default(GpuPropagation);
            try
            {
                propagation = new GpuPropagation(session, onDevice, plan, request);
                var bounds = propagation.Run(images, box, stop);
                _sessions.Add(session);
                return bounds;
            }
            catch
            {
                // Some of its memory is still held by values that no one will release.
                step = propagation?.Current;
                session.Dispose();
                throw;
            }
        }
        finally
        {
            lock (_gate)
                onDevice.Users--;
        }
    }

    /// <summary>The plan on the device; the one that was used longest ago makes room for a new one.</summary>
    private DevicePlan Take(PropagationPlan plan)
    {
        lock (_gate)
        {
            if (!_plans.TryGetValue(plan, out var found))
            {
                var unused = _plans.Where(kept => kept.Value.Plan.Users == 0).OrderBy(kept => kept.Value.Plan.LastUse);
                Forget(unused.Take(_plans.Count - MostPlans + 1).Select(kept => kept.Key));
                var session = new DeviceSession(accelerator, kernels, memory);
                try
                {
                    _plans[plan] = found = (session, new DevicePlan(session, plan));
                }
                catch
                {
                    session.Dispose();
                    throw;
                }
            }

            found.Plan.Users++;
            found.Plan.LastUse = Environment.TickCount64;
            return found.Plan;
        }
    }

    /// <summary>Frees the weights of plans that no box uses now.</summary>
    private void Forget(IEnumerable<PropagationPlan> plans)
    {
        foreach (var plan in plans.ToArray())
        {
            _plans[plan].Session.Dispose();
            _plans.Remove(plan);
        }
    }

    /// <summary>Frees what no box uses now.</summary>
    private void Trim()
    {
        while (_sessions.TryTake(out var session))
            session.Dispose();
    }

    private ComputeDeviceException TooLittle(long needed, string what, Exception? inner) =>
        new(name, $"it has {memory.Limit:N0} bytes of memory for bounds, but {what} need {needed:N0}.", inner) { Value = needed };
}
