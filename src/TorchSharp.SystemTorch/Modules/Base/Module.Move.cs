using System.Reflection;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public partial class Module
        {
            /// <summary>Moves and converts the whole tree; null leaves the device or the element type as it is.</summary>
            internal void MoveTo(Device device, ScalarType? type)
            {
                using var quiet = no_grad();
                foreach (var (name, parameter) in ownParameters.ToArray())
                {
                    // Whole numbers keep their type, as in PyTorch.
                    var wanted = parameter.is_floating_point() ? type : null;
                    var moved = Moved(parameter, device, wanted);
                    if (moved is null)
                    {
                        continue;
                    }

                    var replacement = new Modules.Parameter(moved, parameter.requires_grad);
                    MoveGradient(parameter, replacement, device, wanted);
                    UpdateFields(parameter, replacement);
                    ReplaceOwnParameter(name, replacement);
                }

                foreach (var (name, (buffer, persistent)) in ownBuffers.ToArray())
                {
                    var moved = Moved(buffer, device, buffer.is_floating_point() ? type : null);
                    if (moved is not null)
                    {
                        UpdateFields(buffer, moved);
                        ConditionallyRegisterBuffer(name, moved, persistent);
                        buffer.Dispose();
                    }
                }

                foreach (var child in ownModules.Values)
                {
                    child.MoveTo(device, type);
                }
            }

            private static void MoveGradient(Tensor from, Tensor to, Device device, ScalarType? type)
            {
                var gradient = from.grad;
                if (gradient is not null)
                {
                    using var moved = Moved(gradient, device, type);
                    to.grad = moved ?? gradient;
                    gradient.Dispose();
                }
            }

            /// <summary>A converted copy, or null if there is nothing to convert.</summary>
            private static Tensor Moved(Tensor tensor, Device device, ScalarType? type)
            {
                var wantedType = type ?? tensor.dtype;
                var wantedDevice = device ?? tensor.device;
                var there = tensor.device;
                var sameDevice = wantedDevice.type == there.type && (wantedDevice.index == there.index || wantedDevice.index < 0);
                return wantedType == tensor.dtype && sameDevice ? null : tensor.to(wantedType, wantedDevice);
            }

            /// <summary>Fields of user modules hold the same tensors as the registry: they follow it.</summary>
            private void UpdateFields(Tensor old, Tensor replacement)
            {
                for (var type = GetType(); type is not null && type != typeof(Module); type = type.BaseType)
                {
                    foreach (var field in type.GetFields(InstanceFields | BindingFlags.DeclaredOnly))
                    {
                        if (field.FieldType.IsAssignableFrom(replacement.GetType()) && ReferenceEquals(field.GetValue(this), old))
                        {
                            field.SetValue(this, replacement);
                        }
                    }
                }
            }
        }
    }
}
