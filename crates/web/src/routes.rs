//! Makes a service's router and its description for openapi.json from one list of handlers.
//!
//! `OpenApiRouter` of `utoipa-axum` makes both at once, so a Lambda would build the description at each start and never
//! read it: 1.2 ms and most of a megabyte for the auth service. Here they are two functions, and the linker drops the one
//! that a binary does not call.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodFilter, on};
use utoipa::Path;
use utoipa_axum::PathItemExt;

/// Declares `router() -> Router<State>` and `openapi() -> OpenApi` for the named handlers. Each handler states its path,
/// parameters and answers with `#[utoipa::path]`. `module::*` means all handlers that a module has declared.
///
/// ```
/// /// Say hello.
/// #[utoipa::path(get, path = "/hello", responses((status = 200, description = "It is said", body = String)))]
/// async fn hello() -> &'static str {
///     "hello"
/// }
///
/// web::routes!(pub, (): hello);
///
/// # fn main() {
/// assert!(router().has_routes());
/// assert!(openapi().paths.paths.contains_key("/hello"));
/// # }
/// ```
#[macro_export]
macro_rules! routes {
    ($vis:vis, $state:ty: $($module:ident::*),+ $(,)?) => {
        /// All routes, without their state.
        #[must_use]
        $vis fn router() -> ::axum::Router<$state> {
            ::axum::Router::new()$(.merge($module::router()))+
        }

        /// The description of all routes.
        #[must_use]
        $vis fn openapi() -> ::utoipa::openapi::OpenApi {
            let mut all = ::utoipa::openapi::OpenApi::default();
            $(all.merge($module::openapi());)+
            all
        }
    };
    ($vis:vis, $state:ty: $($handler:ident),+ $(,)?) => {
        $crate::paste! {
            /// These routes, without their state.
            #[must_use]
            $vis fn router() -> ::axum::Router<$state> {
                let router = ::axum::Router::new();
                $(let router = $crate::route::<[<__path_ $handler>], _, _, _>(router, $handler);)+
                router
            }
        }

        /// The description of these routes.
        #[must_use]
        $vis fn openapi() -> ::utoipa::openapi::OpenApi {
            #[derive(::utoipa::OpenApi)]
            #[openapi(paths($($handler),+))]
            struct Described;

            <Described as ::utoipa::OpenApi>::openapi()
        }
    };
}

/// The router with one more handler, at the path and for the methods that its description names. For [`routes!`].
#[doc(hidden)]
pub fn route<P: Path, H, T, S>(router: Router<S>, handler: H) -> Router<S>
where
    H: Handler<T, S>,
    T: 'static,
    S: Clone + Send + Sync + 'static,
{
    let methods = P::methods().iter().map(PathItemExt::to_method_filter).reduce(MethodFilter::or);
    match methods {
        Some(methods) => router.route(&P::path(), on(methods, handler)),
        None => router,
    }
}
