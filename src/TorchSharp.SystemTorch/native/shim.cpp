// A C interface over libtorch's boxed dispatcher: every ATen operator is reached by name, with autograd.
//
// Conventions
//   - A tensor handle is an at::TensorImpl* that owns one reference; a null handle is an undefined tensor.
//   - Functions that can fail return 0 or -1; ts_last_error then holds the message of the calling thread.
//   - No C++ exception leaves this file.
// Only what libtorch 1.13 and 2.x share is used.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/grad_mode.h>
#include <ATen/core/ivalue.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Logging.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/cuda.h>
#include <torch/version.h>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <string>
#include <vector>

#define API extern "C" __attribute__((visibility("default")))
using at::Tensor;
using c10::TypeKind;
typedef at::TensorImpl* Handle;
typedef c10::intrusive_ptr<at::TensorImpl, c10::UndefinedTensorImpl> TensorPtr;

static thread_local std::string last_error;

// Nobody sees native backtraces, and libtorch takes milliseconds to write each.
static const bool without_backtraces = [] {
  c10::SetStackTraceFetcher([] { return std::string(); });
  return true;
}();

template <class F>
static int guard(F&& body) {
  try {
    body();
    return 0;
  } catch (const c10::Error& e) {
    last_error = e.what_without_backtrace();
  } catch (const std::exception& e) {
    last_error = e.what();
  } catch (...) {
    last_error = "unknown C++ exception";
  }
  return -1;
}

// ---- handles ----------------------------------------------------------------------------------

static Handle own(Tensor t) { return t.defined() ? t.unsafeReleaseTensorImpl() : nullptr; }

static Tensor share(Handle h) { return h ? Tensor(TensorPtr::reclaim_copy(h)) : Tensor(); }

static std::vector<Tensor> share_all(const Handle* handles, int n) {
  std::vector<Tensor> tensors;
  tensors.reserve(n);
  for (int k = 0; k < n; k++) tensors.push_back(share(handles[k]));
  return tensors;
}

static std::vector<Tensor> share_defined(const Handle* handles, int n) {
  std::vector<Tensor> tensors;
  if (handles) tensors = share_all(handles, n);
  return tensors;
}

API const char* ts_last_error() { return last_error.c_str(); }
API const char* ts_version() { return TORCH_VERSION; }

API void ts_free(Handle h) {
  // The last reference to a result can free a whole autograd graph, whose hooks may throw.
  if (h) guard([&] { TensorPtr::reclaim(h); });
}
API Handle ts_alias(Handle h) { return own(share(h)); }

// ---- tensors: making and looking ---------------------------------------------------------------

// A new tensor on the CPU with a copy of the data.
API int ts_from_data(const void* data, const int64_t* sizes, int dims, int dtype, Handle* out) {
  return guard([&] {
    Tensor t = at::empty(at::IntArrayRef(sizes, dims), at::TensorOptions().dtype(static_cast<at::ScalarType>(dtype)));
    if (t.nbytes() > 0) std::memcpy(t.data_ptr(), data, t.nbytes());
    *out = own(std::move(t));
  });
}
API int ts_dims(Handle h) { return static_cast<int>(h->dim()); }
API int64_t ts_numel(Handle h) { return h->numel(); }
API int ts_dtype(Handle h) { return static_cast<int>(c10::typeMetaToScalarType(h->dtype())); }
API int64_t ts_element_size(Handle h) { return static_cast<int64_t>(h->dtype().itemsize()); }
API int ts_device(Handle h, int* index) {
  auto device = h->device();
  *index = device.index();
  return static_cast<int>(device.type());
}
API int ts_sizes(Handle h, int64_t* out) {
  return guard([&] { auto s = h->sizes(); std::copy(s.begin(), s.end(), out); });
}
API int ts_strides(Handle h, int64_t* out) {
  return guard([&] { auto s = h->strides(); std::copy(s.begin(), s.end(), out); });
}
API int ts_storage_offset(Handle h, int64_t* out) {
  return guard([&] { *out = h->storage_offset(); });
}
API int ts_is_contiguous(Handle h, int* out) {
  return guard([&] { *out = h->is_contiguous(); });
}
// The memory of the first element; fails where the processor cannot read it.
API int ts_data(Handle h, void** out) {
  return guard([&] {
    Tensor t = share(h);
    TORCH_CHECK(t.device().is_cpu(), "Reading data directly is only possible on the CPU; this tensor is on ", t.device());
    TORCH_CHECK(!t.is_conj() && !t.is_neg(), "This tensor is a lazy conjugate or negative view; resolve it first");
    *out = t.data_ptr();
  });
}
// A one-element tensor as a number: kind 0 integer, 1 floating, 2 boolean, 3 complex.
API int ts_item(Handle h, int* kind, int64_t* integer, double* real, double* imag) {
  return guard([&] {
    auto s = share(h).item();
    if (s.isBoolean()) { *kind = 2; *integer = s.toBool(); }
    else if (s.isComplex()) { *kind = 3; auto c = s.toComplexDouble(); *real = c.real(); *imag = c.imag(); }
    else if (s.isFloatingPoint()) { *kind = 1; *real = s.toDouble(); }
    else { *kind = 0; *integer = s.toLong(); }
  });
}

// ---- autograd ----------------------------------------------------------------------------------

API int ts_requires_grad(Handle h) { return h->requires_grad(); }
API int ts_set_requires_grad(Handle h, int on) {
  return guard([&] { share(h).requires_grad_(on != 0); });
}
API int ts_is_leaf(Handle h, int* out) {
  return guard([&] { *out = share(h).is_leaf(); });
}
API int ts_retain_grad(Handle h) {
  return guard([&] { share(h).retain_grad(); });
}
API int ts_grad(Handle h, Handle* out) {
  return guard([&] { Tensor t = share(h); *out = t.is_leaf() || t.retains_grad() ? own(t.grad()) : nullptr; });
}
API int ts_set_grad(Handle h, Handle grad) {
  return guard([&] {
    Tensor t = share(h), g = share(grad);
    if (g.defined()) {
      TORCH_CHECK(g.sizes() == t.sizes(), "assigned grad has data of a different size: ", g.sizes(), ", expected ", t.sizes());
      TORCH_CHECK(g.scalar_type() == t.scalar_type(), "assigned grad has data of a different type");
      TORCH_CHECK(g.device() == t.device(), "assigned grad has data located on a different device");
    }
    t.mutable_grad() = g;
  });
}
API int ts_backward(const Handle* tensors, int n, const Handle* grads, int n_grads, int retain, int create,
                    const Handle* inputs, int n_inputs) {
  return guard([&] {
    torch::autograd::backward(share_all(tensors, n), share_defined(grads, n_grads), retain != 0, create != 0,
                              share_defined(inputs, n_inputs));
  });
}
API int ts_autograd_grad(const Handle* outputs, int n, const Handle* inputs, int n_inputs, const Handle* grads, int n_grads,
                         int retain, int create, int allow_unused, Handle* out) {
  return guard([&] {
    auto result = torch::autograd::grad(share_all(outputs, n), share_all(inputs, n_inputs), share_defined(grads, n_grads),
                                        retain != 0, create != 0, allow_unused != 0);
    for (int k = 0; k < n_inputs; k++) out[k] = own(std::move(result[k]));
  });
}
API int ts_grad_mode() { return at::GradMode::is_enabled(); }
API void ts_set_grad_mode(int on) { at::GradMode::set_enabled(on != 0); }
API int ts_inference_mode() { return c10::InferenceMode::is_enabled(); }
// The guard belongs to the thread that entered it.
API int ts_inference_enter(int on, void** out) {
  return guard([&] { *out = new c10::InferenceMode(on != 0); });
}
API void ts_inference_exit(void* mode) { delete static_cast<c10::InferenceMode*>(mode); }

// ---- threads, types, devices -------------------------------------------------------------------

API int ts_get_num_threads() { return at::get_num_threads(); }
API int ts_set_num_threads(int n) {
  return guard([&] { at::set_num_threads(n); });
}
API int ts_get_num_interop_threads() { return at::get_num_interop_threads(); }
API int ts_set_num_interop_threads(int n) {
  return guard([&] { at::set_num_interop_threads(n); });
}
API int ts_default_dtype() { return static_cast<int>(c10::typeMetaToScalarType(c10::get_default_dtype())); }
API int ts_set_default_dtype(int dtype) {
  return guard([&] { c10::set_default_dtype(c10::scalarTypeToTypeMeta(static_cast<at::ScalarType>(dtype))); });
}
API int ts_cuda_device_count() { return torch::cuda::is_available() ? static_cast<int>(torch::cuda::device_count()) : 0; }
API int ts_cuda_is_available() { return torch::cuda::is_available(); }
API int ts_cuda_cudnn_is_available() { return torch::cuda::cudnn_is_available(); }
API int ts_cuda_manual_seed(uint64_t seed, int all) {
  return guard([&] { if (all) torch::cuda::manual_seed_all(seed); else torch::cuda::manual_seed(seed); });
}
API int ts_cuda_synchronize(int64_t index) {
  return guard([&] { torch::cuda::synchronize(index); });
}

// ---- random numbers ----------------------------------------------------------------------------

API int ts_manual_seed(uint64_t seed) {
  return guard([&] { at::manual_seed(seed); });
}
API int ts_generator_default(int device_type, int device_index, at::Generator** out) {
  return guard([&] {
    c10::Device device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index));
    *out = new at::Generator(at::globalContext().defaultGenerator(device));
  });
}
// A generator of its own: a copy of the device's default one, seeded anew.
API int ts_generator_new(uint64_t seed, int device_type, int device_index, at::Generator** out) {
  return guard([&] {
    c10::Device device(static_cast<c10::DeviceType>(device_type), static_cast<c10::DeviceIndex>(device_index));
    auto original = at::globalContext().defaultGenerator(device);
    at::Generator copy;
    {
      std::lock_guard<std::mutex> lock(original.mutex());
      copy = original.clone();
    }
    copy.set_current_seed(seed);
    *out = new at::Generator(std::move(copy));
  });
}
API void ts_generator_free(at::Generator* g) { delete g; }
API int ts_generator_manual_seed(at::Generator* g, uint64_t seed) {
  return guard([&] { std::lock_guard<std::mutex> lock(g->mutex()); g->set_current_seed(seed); });
}
API int ts_generator_seed(at::Generator* g, uint64_t* out) {
  return guard([&] { std::lock_guard<std::mutex> lock(g->mutex()); *out = g->seed(); });
}
API int ts_generator_initial_seed(at::Generator* g, uint64_t* out) {
  return guard([&] { std::lock_guard<std::mutex> lock(g->mutex()); *out = g->current_seed(); });
}
API int ts_generator_get_state(at::Generator* g, Handle* out) {
  return guard([&] { std::lock_guard<std::mutex> lock(g->mutex()); *out = own(g->get_state()); });
}
API int ts_generator_set_state(at::Generator* g, Handle state) {
  return guard([&] { std::lock_guard<std::mutex> lock(g->mutex()); g->set_state(share(state)); });
}

// ---- operators ---------------------------------------------------------------------------------

// Mirrored by ArgumentKind in Argument.cs.
enum Kind : int32_t {
  NONE = 0, TENSOR, INT, DOUBLE, BOOL, INT_LIST, DOUBLE_LIST, BOOL_LIST, TENSOR_LIST, DTYPE, STRING, DEVICE, GENERATOR, COMPLEX
};
static const char* const kind_names[] = {
  "None", "Tensor", "int", "float", "bool", "int[]", "float[]", "bool[]", "Tensor[]", "ScalarType", "str", "Device", "Generator",
  "complex"
};

struct Value {       // an argument or a result
  int32_t kind;
  int32_t length;    // of a list or string; the index of a device
  union {
    int64_t i;
    double d;
    const void* p;
    Handle t;
    Handle* ts;
  };
};

// What a formal argument takes, worked out once for an operator.
struct Formal {
  TypeKind kind;               // with the optional taken off
  TypeKind element;            // of a list
  bool optional;
  bool optional_element;       // Tensor?[]
  bool is_dtype;
  bool fixed_length;           // int[N]: one int stands for N of them
  int32_t length;
};

struct Operator {
  c10::OperatorHandle handle;
  std::vector<Formal> formals;
};

static Formal describe(const c10::Argument& argument) {
  Formal f{};
  c10::TypePtr type = argument.type();
  if (auto o = type->cast<c10::OptionalType>()) { f.optional = true; type = o->getElementType(); }
  f.kind = type->kind();
  f.element = f.kind;
  if (auto list = type->cast<c10::ListType>()) {
    c10::TypePtr element = list->getElementType();
    if (auto o = element->cast<c10::OptionalType>()) { f.optional_element = true; element = o->getElementType(); }
    f.element = element->kind();
  }
  f.fixed_length = argument.N().has_value();
  f.length = f.fixed_length ? *argument.N() : 0;
  c10::TypePtr real = argument.real_type();
  if (auto o = real->cast<c10::OptionalType>()) real = o->getElementType();
  f.is_dtype = real->kind() == TypeKind::ScalarTypeType;
  return f;
}

static bool is_int(TypeKind kind) { return kind == TypeKind::IntType || kind == TypeKind::SymIntType; }

[[noreturn]] static void reject(const Operator& op, size_t k, const Value& v) {
  const auto& schema = op.handle.schema();
  const auto& formal = schema.arguments()[k];
  TORCH_CHECK(false, schema.operator_name(), ": argument '", formal.name(), "' (position ", k + 1, ") takes ", formal.type()->str(),
              " but got ", v.kind >= NONE && v.kind <= COMPLEX ? kind_names[v.kind] : "an unknown kind");
}

static c10::IValue int_list(const int64_t* p, int n) {
  c10::List<int64_t> list;
  list.reserve(n);
  for (int k = 0; k < n; k++) list.push_back(p[k]);
  return list;
}

static c10::IValue to_list(const Operator& op, size_t k, const Value& v, const Formal& f) {
  if (is_int(f.element)) {
    if (v.kind == INT_LIST) return int_list(static_cast<const int64_t*>(v.p), v.length);
    if (v.kind == INT && f.fixed_length) return int_list(std::vector<int64_t>(f.length, v.i).data(), f.length);
  } else if (f.element == TypeKind::FloatType) {
    c10::List<double> list;
    if (v.kind == DOUBLE_LIST) { for (int j = 0; j < v.length; j++) list.push_back(static_cast<const double*>(v.p)[j]); return list; }
    if (v.kind == INT_LIST) {
      for (int j = 0; j < v.length; j++) list.push_back(static_cast<double>(static_cast<const int64_t*>(v.p)[j]));
      return list;
    }
  } else if (f.element == TypeKind::BoolType && v.kind == BOOL_LIST) {
    c10::List<bool> list;
    for (int j = 0; j < v.length; j++) list.push_back(static_cast<const uint8_t*>(v.p)[j] != 0);
    return list;
  } else if (f.element == TypeKind::TensorType && v.kind == TENSOR_LIST) {
    auto handles = static_cast<const Handle*>(v.p);
    if (f.optional_element) {
      c10::impl::GenericList list(c10::OptionalType::ofTensor());
      for (int j = 0; j < v.length; j++) list.push_back(handles[j] ? c10::IValue(share(handles[j])) : c10::IValue());
      return list;
    }
    c10::List<Tensor> list;
    list.reserve(v.length);
    for (int j = 0; j < v.length; j++) {
      if (!handles[j]) reject(op, k, Value{NONE});
      list.push_back(share(handles[j]));
    }
    return list;
  }
  reject(op, k, v);
}

static c10::IValue to_ivalue(const Operator& op, size_t k, const Value& v) {
  const Formal& f = op.formals[k];
  if (v.kind == NONE) {
    if (!f.optional) reject(op, k, v);
    return c10::IValue();
  }
  switch (f.kind) {
    case TypeKind::TensorType:
      if (v.kind == TENSOR) return share(v.t);
      break;
    case TypeKind::NumberType:
      if (v.kind == INT) return v.i;
      if (v.kind == DOUBLE) return v.d;
      if (v.kind == BOOL) return v.i != 0;
      if (v.kind == COMPLEX) { auto c = static_cast<const double*>(v.p); return c10::complex<double>(c[0], c[1]); }
      break;
    case TypeKind::IntType:
    case TypeKind::SymIntType:
    case TypeKind::ScalarTypeType:
    case TypeKind::LayoutType:
    case TypeKind::MemoryFormatType:
      if (v.kind == (f.is_dtype ? DTYPE : INT)) return v.i;
      break;
    case TypeKind::FloatType:
      if (v.kind == DOUBLE) return v.d;
      if (v.kind == INT) return static_cast<double>(v.i);
      break;
    case TypeKind::BoolType:
      if (v.kind == BOOL) return v.i != 0;
      break;
    case TypeKind::StringType:
      if (v.kind == STRING) return std::string(static_cast<const char*>(v.p), v.length);
      break;
    case TypeKind::DeviceObjType:
      if (v.kind == DEVICE) return c10::Device(static_cast<c10::DeviceType>(v.i), static_cast<c10::DeviceIndex>(v.length));
      break;
    case TypeKind::GeneratorType:
      if (v.kind == GENERATOR) return *static_cast<const at::Generator*>(v.p);
      break;
    case TypeKind::ListType:
      return to_list(op, k, v, f);
    default:
      break;
  }
  reject(op, k, v);
}

static void to_result(const Operator& op, c10::IValue& v, Value& r) {
  r.length = 0;
  if (v.isTensor()) { r.kind = TENSOR; r.t = own(std::move(v).toTensor()); }
  else if (v.isInt()) { r.kind = INT; r.i = v.toInt(); }
  else if (v.isDouble()) { r.kind = DOUBLE; r.d = v.toDouble(); }
  else if (v.isBool()) { r.kind = BOOL; r.i = v.toBool(); }
  else if (v.isTensorList()) {
    auto list = v.toTensorVector();
    r.kind = TENSOR_LIST;
    r.length = static_cast<int32_t>(list.size());
    r.ts = static_cast<Handle*>(std::malloc(sizeof(Handle) * (list.size() + 1)));
    for (size_t j = 0; j < list.size(); j++) r.ts[j] = own(std::move(list[j]));
  }
  else if (v.isNone()) r.kind = NONE;
  else TORCH_CHECK(false, op.handle.schema().operator_name(), ": no support for results of kind ", v.tagKind());
}

// Finds an operator; what it returns stays valid for the life of the process.
API int ts_find(const char* name, const char* overload, const Operator** out) {
  return guard([&] {
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    TORCH_CHECK(handle.has_value(), "libtorch ", TORCH_VERSION, " has no operator ", name, *overload ? "." : "", overload);
    auto op = new Operator{*handle, {}};
    for (const auto& argument : handle->schema().arguments()) op->formals.push_back(describe(argument));
    *out = op;
  });
}

// Calls an operator. Missing trailing arguments take the schema's defaults. *count: room for results, then their number.
API int ts_call(const Operator* op, const Value* args, int n, Value* results, int* count) {
  return guard([&] {
    const auto& schema = op->handle.schema();
    const auto& formals = schema.arguments();
    TORCH_CHECK(n <= static_cast<int>(formals.size()), schema.operator_name(), " takes at most ", formals.size(), " arguments but got ", n);
    torch::jit::Stack stack;
    stack.reserve(formals.size() + 2);
    for (int k = 0; k < n; k++) stack.push_back(to_ivalue(*op, k, args[k]));
    for (size_t k = n; k < formals.size(); k++) {
      TORCH_CHECK(formals[k].default_value().has_value(), schema.operator_name(), " misses argument '", formals[k].name(), "'");
      stack.push_back(*formals[k].default_value());
    }
    op->handle.callBoxed(stack);
    TORCH_CHECK(static_cast<int>(stack.size()) <= *count, schema.operator_name(), " gives more results than there is room for");
    *count = static_cast<int>(stack.size());
    for (size_t k = 0; k < stack.size(); k++) to_result(*op, stack[k], results[k]);
  });
}
API void ts_free_list(void* list) { std::free(list); }
